"""The bridge under a real server, spoken to over real sockets."""

import http.client
import io
import json
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import uvicorn

from megahub import wsgi_bridge
from megahub.wsgi_bridge import WsgiBridge

THREADS, QUEUE, LARGEST = 2, 2, 200_000
SECONDS = 60


class Bench:
    """A bridge with a WSGI application whose addresses each show one behaviour."""

    def __init__(self):
        self.release = threading.Event()
        self.closed = threading.Event()
        self.entered = threading.Semaphore(0)
        self.news = Future()
        self.sent = 0
        self.bridge = WsgiBridge(self.app, threads=THREADS, queue=QUEUE, body=LARGEST)

    def app(self, environ, start_response):
        handler = getattr(self, environ["PATH_INFO"].strip("/").split("/")[0] or "echo")
        return handler(environ, start_response)

    def echo(self, environ, start_response):
        facts = {key: value for key, value in environ.items() if isinstance(value, str)}
        facts["body"] = environ["wsgi.input"].read().decode("latin-1")
        facts["thread"] = threading.current_thread().name
        return Answer(json.dumps(facts).encode(), start_response)

    def wait(self, environ, start_response):
        self.entered.release()
        assert self.release.wait(SECONDS)
        return Answer(b"waited", start_response)

    def later(self, environ, start_response):
        answer = Answer(b"a placeholder", start_response)
        answer.later = self.news
        self.entered.release()
        return answer

    def endless(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            while True:
                self.sent += 1
                yield b"x" * 65_536
        finally:
            self.closed.set()

    def breaks(self, environ, start_response):
        raise RuntimeError("a fault in the application")

    def empty(self, environ, start_response):
        return Answer(b"", start_response, "204 No Content")

    def file(self, environ, start_response):
        start_response("200 OK", [("Content-Length", "150000")])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"f" * 150_000), 4096)


class Answer:
    """Like Django's response: an iterable that says it does not stream."""

    streaming = False

    def __init__(self, body, start_response, status="200 OK"):
        start_response(status, [("Content-Type", "text/plain"), ("Set-Cookie", "a=1")])
        self.body = body

    def __iter__(self):
        return iter([self.body])


@dataclass
class Told:
    """What a later answer is made of."""

    status_code: int
    headers: dict
    content: bytes


@pytest.fixture
def bench():
    bench = Bench()
    listener = socket.create_server(("127.0.0.1", 0))
    bench.port = listener.getsockname()[1]
    config = uvicorn.Config(bench.bridge, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield bench
    bench.release.set()
    server.should_exit = True
    server.force_exit = True
    thread.join(SECONDS)
    bench.bridge.close()
    assert not thread.is_alive()


def ask(bench, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", bench.port, timeout=SECONDS)
    chunked = "Transfer-Encoding" in (headers or {})
    connection.request(method, path, body=body, headers=headers or {}, encode_chunked=chunked)
    response = connection.getresponse()
    return response, response.read()


def test_answers_that_come_later_hold_no_thread(bench):
    """More of them than there are threads, and others are answered meanwhile."""
    with ThreadPoolExecutor(THREADS + 1) as callers:
        waiting = [callers.submit(ask, bench, "POST", "/later/") for _ in range(THREADS + 1)]
        for _ in waiting:
            assert bench.entered.acquire(timeout=SECONDS)
        assert ask(bench, "GET", "/echo/")[0].status == 200
        assert not any(one.done() for one in waiting)
        bench.news.set_result(Told(409, {"Content-Type": "application/json"}, b'{"a": 1}'))
        for one in waiting:
            response, body = one.result(SECONDS)
            assert (response.status, body) == (409, b'{"a": 1}')
            assert response.getheader("Content-Type") == "application/json"
            assert response.getheader("Set-Cookie") == "a=1", "what else was said stays"
    until(lambda: bench.bridge.room == THREADS + QUEUE)


def test_an_answer_that_never_comes_is_a_busy_hub(bench, monkeypatch):
    monkeypatch.setattr(wsgi_bridge, "LATER_SECONDS", 0.1)
    response, body = ask(bench, "POST", "/later/")
    assert (response.status, response.getheader("Retry-After")) == (503, "1")
    assert json.loads(body)["error_code"] == "SERVICE_UNAVAILABLE"


def test_the_environment_is_what_wsgi_wants(bench):
    headers = {"X-One": "1", "X_One": "forged", "Content-Type": "text/x", "Cookie": "c=d"}
    _response, body = ask(bench, "POST", "/echo/caf%C3%A9%2Fa?q=%20b&c", b"hello", headers)
    facts = json.loads(body)
    assert facts["REQUEST_METHOD"] == "POST"
    assert facts["PATH_INFO"].encode("latin-1").decode() == "/echo/café/a"
    assert facts["QUERY_STRING"] == "q=%20b&c"
    assert facts["HTTP_X_ONE"] == "1"
    assert facts["CONTENT_TYPE"] == "text/x"
    assert facts["CONTENT_LENGTH"] == "5"
    assert facts["HTTP_COOKIE"] == "c=d"
    assert facts["REMOTE_ADDR"] == "127.0.0.1"
    assert facts["SERVER_PORT"] == str(bench.port)
    assert facts["wsgi.url_scheme"] == "http"
    assert facts["body"] == "hello"
    assert "HTTP_CONTENT_TYPE" not in facts


def test_a_chunked_body_arrives_whole_and_with_its_length(bench):
    chunks = iter([b"a" * 70_000, b"b" * 70_000])
    _response, body = ask(bench, "POST", "/echo", chunks, {"Transfer-Encoding": "chunked"})
    facts = json.loads(body)
    assert facts["CONTENT_LENGTH"] == "140000"
    assert facts["body"] == "a" * 70_000 + "b" * 70_000


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_refused(bench, announced):
    body = b"x" * (LARGEST + 1) if announced else iter([b"x" * LARGEST, b"x"])
    headers = {} if announced else {"Transfer-Encoding": "chunked"}
    response, answer = ask(bench, "POST", "/echo", body, headers)
    assert response.status == 413
    assert json.loads(answer)["error_code"] == "PAYLOAD_TOO_LARGE"


def test_threads_are_kept(bench):
    names = {json.loads(ask(bench, "GET", "/echo")[1])["thread"] for _ in range(10)}
    assert len(names) <= THREADS
    assert all(name.startswith("web") for name in names)


def test_a_plain_answer_says_its_length_and_an_empty_one_none(bench):
    bench.release.set()
    response, _body = ask(bench, "GET", "/wait")
    assert response.getheader("content-length") == "6"
    assert response.getheader("set-cookie") == "a=1"
    response, body = ask(bench, "GET", "/empty")
    assert (response.status, body) == (204, b"")
    assert response.getheader("content-length") is None


def test_head_has_no_body_and_leaves_the_connection_usable(bench):
    connection = http.client.HTTPConnection("127.0.0.1", bench.port, timeout=SECONDS)
    for _ in range(2):
        connection.request("HEAD", "/file")
        response = connection.getresponse()
        assert response.read() == b""
        assert response.getheader("content-length") == "150000"


def test_a_file_arrives_whole(bench):
    _response, body = ask(bench, "GET", "/file")
    assert body == b"f" * 150_000


def test_a_fault_is_a_500_and_the_next_request_is_answered(bench):
    assert ask(bench, "GET", "/breaks")[0].status == 500
    assert ask(bench, "GET", "/echo")[0].status == 200


def test_a_full_queue_answers_503_at_once_and_recovers(bench):
    with ThreadPoolExecutor(THREADS + QUEUE) as pool:
        waiting = [pool.submit(ask, bench, "GET", "/wait") for _ in range(THREADS + QUEUE)]
        for _ in range(THREADS):
            assert bench.entered.acquire(timeout=SECONDS)
        until(lambda: bench.bridge.room == 0)
        response, body = ask(bench, "GET", "/echo")
        assert response.status == 503
        assert response.getheader("retry-after") == "1"
        assert json.loads(body)["error_code"] == "SERVICE_UNAVAILABLE"
        bench.release.set()
        assert [each.result(SECONDS)[1] for each in waiting] == [b"waited"] * len(waiting)
    assert ask(bench, "GET", "/echo")[0].status == 200


def test_a_slow_sender_holds_no_thread(bench):
    slow = [socket.create_connection(("127.0.0.1", bench.port)) for _ in range(THREADS + QUEUE + 1)]
    for each in slow:
        each.sendall(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf")
    assert ask(bench, "GET", "/echo")[0].status == 200
    for each in slow:
        each.close()


def test_a_stream_waits_for_its_reader_and_is_closed_when_he_leaves(bench):
    reader = socket.create_connection(("127.0.0.1", bench.port))
    reader.sendall(b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
    assert reader.recv(4096).startswith(b"HTTP/1.1 200")
    until(lambda: bench.sent > 1)
    until(lambda: stands_still(bench))
    assert bench.sent < 1000  # 64 MB: it did not run ahead of a reader that takes nothing
    reader.close()
    assert bench.closed.wait(SECONDS)
    assert ask(bench, "GET", "/echo")[0].status == 200


def stands_still(bench):
    before = bench.sent
    return not bench.closed.wait(0.3) and bench.sent == before


def until(holds):
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
