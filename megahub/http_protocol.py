"""Uvicorn's HTTP protocol, with one thing more in the scope: a way to cut the connection.

ASGI knows only the polite end, which waits until the reader has taken all; a reader that takes
nothing would keep its buffers for ever.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ai_core.streams.doors import ABORT


class CuttableHttp(HttpToolsProtocol):
    def on_headers_complete(self) -> None:
        extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
        extensions[ABORT] = self.transport.abort
        super().on_headers_complete()
