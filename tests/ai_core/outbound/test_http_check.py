"""`http_check`: what it finds, and who is to blame when it finds nothing."""

from __future__ import annotations

import socket
import threading

import pytest

from ai_core.errors import InvalidInput
from ai_core.execution import registry
from ai_core.execution.protocol import JobStopped
from ai_core.services import JobService
from tests import factories
from tests.ai_core.outbound.rude import answer
from tests.ai_core.outbound.test_tls import Authority, encrypted


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]


def run(url, **wanted):
    job = JobService.create_job("http_check", {"url": url, **wanted}, None, factories.make_brand())
    return JobService.process_job(job.pk)


@pytest.mark.django_db
def test_it_tells_status_size_timings_and_some_headers_but_no_cookie(rude):
    headers = "Server: rude\r\nSet-Cookie: a=secret\r\n"
    server = rude(lambda _s, c, _r: c.sendall(answer(b"x" * 5000, headers=headers)))
    job = run(server.url)
    result = job.data.result_data
    assert job.status == "completed"
    assert (result["ok"], result["status"], result["size_bytes"]) == (True, 200, 5000)
    assert result["headers"] == {"Server": "rude", "Content-Length": "5000"}
    assert set(result["timings_ms"]) == {"lookup", "connect", "first_byte", "total"}
    assert result["tls"] is None
    assert list(job.stages.values_list("name", flat=True)) == ["request", "answer"]


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "503 Busy"])
def test_any_answer_is_a_result_when_none_was_expected(rude, status):
    server = rude(lambda _s, c, _r: c.sendall(answer(status=status)))
    job = run(server.url)
    assert job.status == "completed"
    assert job.data.result_data["status"] == int(status[:3])
    assert job.data.result_data["ok"] == (status < "4")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "failure_class", "again"),
    [
        ("404 Not Found", "provider_refused", False),
        ("503 Busy", "provider_down", True),
        ("429 Slow", "provider_limit", True),
    ],
)
def test_another_answer_than_the_expected_one_is_a_failure_of_its_kind(
    rude, status, failure_class, again
):
    server = rude(lambda _s, c, _r: c.sendall(answer(status=status)))
    job = run(server.url, expected_status=200)
    assert (job.status == "running") == again  # running: it waits for its next attempt
    assert (job.error_code, job.failure_class) == ("STATUS_UNEXPECTED", failure_class)


@pytest.mark.django_db
def test_nobody_there_is_tried_again_and_a_private_address_never(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    job = run(f"http://127.0.0.1:{port}/")
    assert (job.status, job.error_code) == ("running", "CONNECT_FAILED")
    assert (job.failure_class, job.failures) == ("provider_down", 1)
    settings.OUTBOUND_ALLOW = []
    for url in ("http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://0x7f.1/"):
        job = run(url)
        assert (job.status, job.failure_class) == ("failed", "input")
        assert job.error_code == "ADDRESS_REFUSED"


@pytest.mark.django_db
def test_silence_ends_with_the_jobs_own_time_out_and_is_tried_again(rude):
    server = rude(lambda s, c, _r: s.silence(c))
    job = run(server.url, timeout_seconds=0.3)
    assert (job.status, job.error_code) == ("running", "CALL_TIMED_OUT")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["ftp://host.example/", "http://a@127.0.0.1/", "http://a b.example/"]
)
def test_what_is_no_web_address_is_refused_before_it_becomes_a_job(url):
    with pytest.raises(InvalidInput) as refused:
        run(url)
    assert "input_data.url" in refused.value.errors


@pytest.mark.django_db
def test_a_huge_body_is_not_read_to_its_end(rude):
    def act(server, connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        server.flood(connection)

    server = rude(act)
    job = run(server.url)
    assert job.status == "completed"
    assert job.data.result_data["size_is_partial"] is True
    assert server.gone.wait(5)


@pytest.mark.django_db
def test_the_certificates_end_is_told(rude, tmp_path, monkeypatch):
    from ai_core.outbound import dialling, targets

    authority = Authority(tmp_path)
    server = encrypted(rude, authority.server_context("shop.example", days=12), [])
    monkeypatch.setattr(dialling, "tls", authority.client_context)
    monkeypatch.setattr(
        targets, "system_resolver", lambda _h, port: [(socket.AF_INET, ("127.0.0.1", port))]
    )
    tls = run(f"https://shop.example:{server.port}/").data.result_data["tls"]
    assert tls["days_left"] == 11
    assert tls["issuer"] == "test authority"
    assert run(f"https://other.example:{server.port}/").error_code == "TLS_INVALID"


def test_a_stop_hangs_up_at_once(rude):
    heard = threading.Event()

    def act(server, connection, _request):
        heard.set()
        server.silence(connection)

    server = rude(act)

    class Stopping:
        input = {"url": server.url, "timeout_seconds": 30}  # noqa: RUF012
        stopped = False

        def on_stop(self, close):
            def stop():
                heard.wait(10)
                self.stopped = True
                close()

            threading.Thread(target=stop, daemon=True).start()

        def check(self):
            if self.stopped:
                raise JobStopped("cancelled")

        def __getattr__(self, _name):
            return lambda *_args, **_named: None

    with pytest.raises(JobStopped):
        registry.executor_named("http_check").run(Stopping())
    assert server.gone.wait(5)
