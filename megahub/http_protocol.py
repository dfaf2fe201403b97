"""Uvicorn's HTTP protocol, with one thing more in the scope: a way to cut the connection.

ASGI knows only the polite end, which waits until the reader has taken all; a reader that takes
nothing would keep its buffers for ever.
"""

import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ai_core.streams.doors import ABORT


class CuttableHttp(HttpToolsProtocol):
    def on_headers_complete(self) -> None:
        extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
        extensions[ABORT] = self.transport.abort
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer like every other error of the API what is no HTTP, or has no end of address."""
        body = json.dumps({"detail": msg, "error_code": "VALIDATION_ERROR"}).encode()
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%s" % (len(body), body)
        )
        self.transport.close()
