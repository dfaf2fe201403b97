"""What may happen to a stream: services die, rights end, readers sleep or die."""

import signal
import socket
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from ai_core.models import JobLog
from ai_core.services import JobService
from brands import keys
from megahub.embedded import Valkey
from megahub.guardian import Guardian
from tests import factories
from tests.ai_core.streams.server import WebProcess, address_of_database
from tests.ai_core.workbench import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    """A server of our own, since it is killed."""
    guard = Guardian()
    server = Valkey(tmp_path_factory.mktemp("valkey"), guard=guard)
    server.address = server.start()
    yield server
    server.stop()
    guard.close()


@pytest.fixture(scope="module")
def web_settings(valkey):
    return {
        "REDIS_URL": valkey.address,
        "MEGAHUB_STREAM_CHECK_SECONDS": "2",
        "MEGAHUB_STREAM_STALL_SECONDS": "3",
        "MEGAHUB_STREAMS_PER_USER": "150",
        "MEGAHUB_STREAMS_AT_MOST": "200",
    }


def path(job, query=""):
    return f"/ai/jobs/{job.pk}/stream/{query}"


def connections_of_streams():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'megahub streams'"
        )
        return cursor.fetchone()[0]


def fill(job, *, count, length):
    JobLog.objects.bulk_create(
        JobLog(job_id=job.pk, attempt=1, number=n, at=job.created_at, level="info",
               message="x" * length)
        for n in range(count)
    )  # fmt: skip


def deaf_socket(web, job, token):
    """A reader that asks, and then takes nothing."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    line.connect(("127.0.0.1", web.port))
    line.sendall(
        f"GET {path(job)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        .encode()
    )  # fmt: skip
    return line


def readers_of(web):
    """The far ports of the connections the server keeps open, and what it could not send yet."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    found = {}
    for row in rows:
        near, far = (int(end.split(":")[1], 16) for end in row[1:3])
        if near == web.port and row[3] == "01":
            found[far] = int(row[4].split(":")[0], 16)
    return found


def ports_of(lines):
    return {line.getsockname()[1] for line in lines}


def test_a_revoked_key_ends_its_stream(web, crew, job):
    new = factories.make_key(crew.owner, crew.brand)
    stream = web.listen(path(job), new.token)
    stream.until("status")
    keys.revoke(new.key)
    assert stream.until("end")[-1].data["reason"] == "access"
    stream.close()


def test_a_lost_membership_ends_the_stream(web, crew, job, token):
    stream = web.listen(path(job), token)
    stream.until("status")
    crew.owner.memberships.all().delete()
    assert stream.until("end")[-1].data["reason"] == "access"
    stream.close()


def test_streams_go_on_without_valkey(listen, job, valkey):
    JobService.start_job(job.pk)
    stream = listen(path(job))
    stream.until("status")
    valkey.process.kill()
    valkey.process.wait()
    JobService.append_log(job.pk, "nobody hears of this")
    assert stream.until("log")[-1].data["message"] == "nobody hears of this"
    valkey.start()
    JobService.append_log(job.pk, "again")
    stream.until("log", message="again")


def end_other_connections():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def closed_database():
    """Only this test's own connection stays; nobody gets a new one."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    elsewhere = address_of_database("postgres")  # a database cannot close itself
    with psycopg.connect(elsewhere, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            end_other_connections()
            yield
        finally:
            other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def comment(stream, words):
    """Read on until a comment with these words; return the events on the way."""
    events = []
    for event in stream.everything():
        if isinstance(event, str):
            if words in event:
                return events
        else:
            events.append(event)
    raise AssertionError(f"the stream ended without a comment {words!r}")


def test_a_stream_outlives_its_database_connections(listen, job):
    JobService.start_job(job.pk)
    stream = listen(path(job))
    stream.until("status")
    end_other_connections()
    JobService.append_log(job.pk, "after the fall")
    told = stream.until("log")
    assert told[-1].data["message"] == "after the fall"
    assert not any("database" in said for said in stream.comments)  # tried anew without a word


def test_streams_say_that_the_database_is_away_and_go_on_when_it_is_back(web, listen, job, token):
    JobService.start_job(job.pk)
    stream, brand = listen(path(job)), listen("/ai/jobs/stream/")
    stream.until("status", status="running")
    brand.until("progress", id=job.pk)
    with closed_database():
        comment(stream, "database does not answer")
        JobService.append_log(job.pk, "written while nobody could read")
        assert comment(stream, "database does not answer") == []
        comment(brand, "database does not answer")
        status, _headers, body = web.refused(path(job), token)
        assert (status, body["error_code"]) == (503, "SERVICE_UNAVAILABLE")
        JobService.complete_job(job.pk, {})
    told = list(stream)
    assert [event.kind for event in told].count("log") == 1
    assert [event.kind for event in told][-2:] == ["status", "end"]
    assert told[-1].data["reason"] == "final"
    brand.until("status", id=job.pk, status="completed")


def test_readers_that_take_nothing_cost_little_and_are_cut(web, crew, make_job, token):
    job = make_job()
    JobService.start_job(job.pk)
    fill(job, count=3000, length=5000)
    warm = web.listen(path(job), token)
    warm.until("log")
    warm.close()
    before = web.memory()
    readers = [deaf_socket(web, job, token) for _ in range(100)]
    ports, stuck, most = ports_of(readers), set(), 0

    def all_are_cut():
        nonlocal most
        most = max(most, web.memory())
        open_now = readers_of(web)
        stuck.update(port for port in ports if open_now.get(port))
        return len(stuck) == len(ports) and not ports & open_now.keys()

    try:
        wait_until(all_are_cut, seconds=60, what="every reader served, stuck, and cut")
        assert most - before < 40_000_000  # all of it for everybody would be 1.5 GB
    finally:
        for reader in readers:
            reader.close()


def test_a_slow_reader_gets_everything(web, job, token):
    JobService.start_job(job.pk)
    fill(job, count=300, length=5000)
    JobService.complete_job(job.pk, {})
    with deaf_socket(web, job, token) as line:
        line.settimeout(60)
        got = 0
        text = b""
        while piece := line.recv(65_536):
            text += piece
            got += len(piece)
            if b"event: end" in text[-400:]:
                break
            time.sleep(0.002)
    assert text.count(b"event: log") == 300


def test_waiting_streams_hold_no_connection_and_too_many_are_refused(web, crew, make_job, token):
    streams = [web.listen(path(make_job()), token) for _ in range(150)]
    try:
        for stream in streams:
            stream.until("status")
        assert connections_of_streams() <= 3
        status, headers, body = web.refused("/ai/jobs/stream/", token)
        assert (status, body["error_code"]) == (429, "RATE_LIMITED")
        assert int(headers["Retry-After"]) > 0
        colleague = factories.make_key(crew.colleague, crew.brand).token
        more = [web.listen("/ai/jobs/stream/", colleague) for _ in range(50)]
        streams += more
        status, headers, body = web.refused("/ai/jobs/stream/", colleague)
        assert (status, body["error_code"]) == (503, "SERVICE_UNAVAILABLE")
        assert headers["Retry-After"]
    finally:
        for stream in streams:
            stream.close()


def test_a_stopping_server_says_goodbye(tmp_path, django_db_blocker, job, token):
    web = WebProcess(tmp_path)
    stream = web.listen(path(job), token)
    stream.until("status")
    web.process.send_signal(signal.SIGTERM)
    told = list(stream)  # to a proper end: had it been cut, reading would raise
    assert told[-1].data["reason"] == "restart"
    assert web.end() in (0, -signal.SIGTERM)  # uvicorn passes the signal on when it is done
    assert "Traceback" not in web.log.read_text()
    stream.close()


def test_a_stream_grows_old_and_ends_with_a_place_to_go_on(tmp_path, job, token):
    web = WebProcess(tmp_path, MEGAHUB_STREAM_LIFETIME_SECONDS="1.5")
    try:
        stream = web.listen(path(job), token)
        told = list(stream)
        assert told[-1].data["reason"] == "lifetime"
        assert told[-1].id == told[-2].id
        stream.close()
    finally:
        web.end()
