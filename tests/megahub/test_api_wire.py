"""The API as it arrives on a real socket: chunks, doubled headers, huge ones, tricks with names."""

import json
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.megahub.hub_process import ROOT, HubProcess, environment

pytestmark = pytest.mark.slow
SECONDS = 60


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    found = HubProcess(tmp_path_factory.mktemp("wire") / "data", MEGAHUB_DEMO="1")
    try:
        found.wait_for("/readyz")
        yield found
    finally:
        found.end()


@pytest.fixture(scope="module")
def keys(hub):
    """A key for each brand, made by the command beside the running hub."""
    made = {}
    for brand in ("humari", "academy"):
        done = subprocess.run(
            [
                sys.executable,
                "manage.py",
                *["api_key", "create", "--user", "admin", "--name", "ci"],
                "--brand",
                brand,
            ],
            cwd=ROOT,
            env=environment(MEGAHUB_DATA=str(hub.data)),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        made[brand] = done.stdout
        assert done.stdout.startswith("mh_")
        assert done.stdout.count("\n") == 1
    return {brand: printed.strip() for brand, printed in made.items()}


def talk(hub, start, headers, body=b""):
    """Send exactly these bytes; return status and the JSON of the answer."""
    head = "\r\n".join([f"{start} HTTP/1.1", "Host: localhost", "Connection: close", *headers])
    with socket.create_connection(("127.0.0.1", hub.port), timeout=SECONDS) as line:
        with suppress(OSError):  # refused before all was sent; the answer is there to read
            line.sendall(head.encode("latin-1") + b"\r\n\r\n" + body)
        answer = b""
        with suppress(ConnectionResetError):
            while piece := line.recv(65_536):
                answer += piece
    head, _, text = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), (json.loads(text) if b"application/json" in head else text)


def test_what_is_no_http_is_refused_in_json(hub):
    for start in ("NO SUCH VERB /", f"GET /ai/jobs/?search={'x' * 100_000}"):
        status, body = talk(hub, start, [])
        assert (status, body["error_code"]) == (400, "VALIDATION_ERROR")


def bearer(token):
    return f"Authorization: Bearer {token}"


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
POST = "POST /ai/api-keys/"


def test_a_printed_key_opens_its_brand(hub, keys):
    status, body = talk(hub, "GET /ai/me/", [bearer(keys["humari"])])
    assert (status, body["brand"]["slug"], body["scopes"]) == (
        200,
        "humari",
        ["read", "write", "manage"],
    )


def test_a_body_in_chunks_is_read(hub, keys):
    body = chunked(b'{"name":', b' "in chunks"}')
    status, answer = talk(hub, POST, [bearer(keys["humari"]), JSON, CHUNKED], body)
    assert (status, answer["name"]) == (201, "in chunks")


def test_a_large_body_in_chunks_is_413(hub, keys):
    body = chunked(*[b"x" * 65_536] * 40)
    status, answer = talk(hub, POST, [bearer(keys["humari"]), JSON, CHUNKED], body)
    assert (status, answer["error_code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert answer["limit_bytes"] == 1_048_576


def test_an_announced_planet_is_refused_before_it_arrives(hub, keys):
    headers = [bearer(keys["humari"]), JSON, f"Content-Length: {2**50}"]
    status, answer = talk(hub, POST, headers)
    assert (status, answer["error_code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    "headers",
    [["Content-Length: x"], ["Content-Length: -1"], ["Content-Length: 2", "Content-Length: 3"]],
)
def test_an_odd_length_is_a_400(headers, hub, keys):
    status, _answer = talk(hub, POST, [bearer(keys["humari"]), JSON, *headers], b"{}")
    assert status == 400


def test_two_keys_in_one_request_open_nothing(hub, keys):
    headers = [bearer(keys["humari"]), bearer(keys["academy"])]
    status, answer = talk(hub, "GET /ai/me/", headers)
    assert (status, answer["error_code"]) == (401, "INVALID_API_KEY")


def test_two_brands_in_one_request_are_no_brand(hub, keys):
    headers = [bearer(keys["humari"]), "X-Brand: humari", "X-Brand: academy"]
    status, answer = talk(hub, "GET /ai/me/", headers)
    assert (status, answer["error_code"]) == (403, "PERMISSION_DENIED")


def test_a_header_with_an_underscore_is_not_its_twin(hub, keys):
    headers = [bearer(keys["humari"]), "X_Brand: academy"]
    assert talk(hub, "GET /ai/me/", headers)[1]["brand"]["slug"] == "humari"


def test_an_unknown_host_gets_json(hub, keys):
    status, _answer = talk(hub, "GET /ai/me/", ["X-Forwarded-Host: evil.example"])
    assert status == 401
    with socket.create_connection(("127.0.0.1", hub.port), timeout=SECONDS) as line:
        line.sendall(b"GET /ai/me/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        text = line.makefile("rb").read()
    assert text.startswith(b"HTTP/1.1 400")
    assert b"application/json" in text


def test_huge_headers_end_in_a_4xx_and_the_hub_goes_on(hub, keys):
    for headers in (["X-Brand: " + "x" * 60_000], ["Cookie: sessionid=" + "x" * 60_000]):
        status, _answer = talk(hub, "GET /ai/me/", [bearer(keys["humari"]), *headers])
        assert status in {200, 400, 403, 431}
    status, _answer = talk(hub, "GET /ai/me/", ["X-Large: " + "x" * 1_000_000])
    assert 400 <= status < 500
    assert talk(hub, "GET /ai/me/", [bearer(keys["humari"])])[0] == 200


def test_bytes_outside_ascii_in_headers_are_only_wrong(hub, keys):
    status, answer = talk(hub, "GET /ai/me/", ["Authorization: Bearer \xff\xfe"])
    assert (status, answer["error_code"]) == (401, "INVALID_API_KEY")
    status, answer = talk(hub, "GET /ai/me/", [bearer(keys["humari"]), "X-Brand: \xe9"])
    assert (status, answer["error_code"]) == (403, "PERMISSION_DENIED")


def test_no_secret_of_a_key_is_in_the_log(hub, keys):
    talk(hub, f"GET /ai/me/?key={keys['humari']}", [bearer(keys["humari"])])
    talk(hub, "POST /ai/me/", [bearer(keys["humari"])])
    talk(hub, "GET /ai/nothing/", [bearer(keys["humari"])])
    until = time.monotonic() + SECONDS
    while "/ai/nothing/" not in hub.text():  # the log is written beside the answer
        assert time.monotonic() < until
        time.sleep(0.05)
    assert keys["humari"].split("_", 2)[2] not in hub.text()
