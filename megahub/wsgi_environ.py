"""Translates an ASGI scope into a WSGI environment (PEP 3333)."""

import sys
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper

FILE_BLOCK_BYTES = 65_536


class LargeBlocks(FileWrapper):
    """Reads a file in blocks worth a trip to the event loop, whatever size is asked for."""

    def __init__(self, filelike: Any, _block_size: int = 0) -> None:
        super().__init__(filelike, FILE_BLOCK_BYTES)


def content_length(scope: MutableMapping[str, Any]) -> int:
    """Return the announced length, 0 when there is none; the server has checked it is a number."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def of(scope: MutableMapping[str, Any], body: Any, length: int) -> dict[str, Any]:
    """Return the environment of one request whose body has been read to the end."""
    path = unquote_to_bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": LargeBlocks,
        "megahub.later": True,  # an answer may come later: `ai_core.api.later`
    }
    _add_headers(environ, scope["headers"])
    environ["CONTENT_LENGTH"] = str(length)  # what arrived, also when it came in chunks
    return environ


def _add_headers(environ: dict[str, Any], headers: list[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1")
        if "_" in name:
            continue  # X_Y and X-Y would be the same variable: a way to forge one
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        value = raw_value.decode("latin-1")
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
