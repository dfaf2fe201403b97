"""What a line of the log carries, and which request ids are believed."""

import asyncio
import io
import json
import logging.config

import pytest
import structlog

from megahub import logs, request_id
from megahub.access_log import AccessLog, shown


@pytest.fixture
def lines():
    """Configures the logs as given, into memory, and gives them back as they were."""
    from django.conf import settings

    stream = io.StringIO()

    def configure(form):
        wanted = logs.configuration(form=form, colours=False)
        wanted["handlers"]["output"]["stream"] = stream
        logging.config.dictConfig(wanted)
        return stream

    yield configure
    structlog.contextvars.clear_contextvars()
    logging.config.dictConfig(settings.LOGGING)


def test_production_writes_one_json_object_a_line_for_everybodys_lines(lines):
    stream = lines("json")
    structlog.contextvars.bind_contextvars(request_id="abc-12345")
    structlog.get_logger("ours").info("job started", job="j1")
    logging.getLogger("theirs").warning("disk %s", "full", extra={"free": 3})
    try:
        raise ValueError("oops")
    except ValueError:
        logging.getLogger("theirs").exception("failed")
    ours, theirs, failed = (json.loads(line) for line in stream.getvalue().splitlines())
    assert ours["event"] == "job started"
    assert (ours["job"], ours["level"], ours["logger"]) == ("j1", "info", "ours")
    assert (theirs["event"], theirs["free"]) == ("disk full", 3)
    assert {ours["request_id"], theirs["request_id"]} == {"abc-12345"}
    assert failed["exception"][0]["exc_type"] == "ValueError"
    assert "locals" not in failed["exception"][0]["frames"][0]


def test_development_writes_short_lines(lines):
    stream = lines("pretty")
    structlog.get_logger("ours").info("job started", job="j1")
    assert "job started" in stream.getvalue()
    assert "job=j1" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_a_sane_request_id_comes_back_and_a_strange_one_is_replaced(client):
    given = "trace-0123456789"
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"] == given
    for strange in ("short", "a" * 129, "has space in it", "line\nbreak-123", "héhéhéhé1"):
        answered = request_id.accepted(strange)
        assert answered != strange
        assert request_id.SANE.fullmatch(answered)


def test_each_request_leaves_one_line_with_status_and_duration(lines):
    stream = lines("json")
    heard = {}

    async def app(scope, _receive, send):
        heard["id"] = dict(scope["headers"])[b"x-request-id"].decode()
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    answers = []

    async def send(message):
        answers.append(message)

    def ask(path):
        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "client": ("h", 1)}
        asyncio.run(AccessLog(app)(scope, None, send))

    ask("/jobs/")
    ask("/static/app.css")
    ask("/readyz")
    (line,) = (json.loads(each) for each in stream.getvalue().splitlines())
    assert (line["event"], line["status"], line["client"]) == ("GET /jobs/", 418, "h")
    assert line["ms"] >= 0
    assert line["request_id"] == dict(answers[0]["headers"])[b"x-request-id"].decode()
    assert heard["id"]


def test_a_path_stays_on_its_line_and_a_links_token_out_of_it():
    assert shown("/jobs/a\n12:00 fake line\x1b[2J") == r"/jobs/a\x0a12:00 fake line\x1b[2J"
    assert shown("/ai/artifacts/WzEsMV0:1x:sig-na_ture/") == "/ai/artifacts/…/"
    assert shown("/invitation/MQ/c-token/") == "/invitation/MQ/…/"
    assert shown("/ai/jobs/1/artifacts/") == "/ai/jobs/1/artifacts/"
