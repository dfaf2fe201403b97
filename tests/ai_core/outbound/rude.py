"""A server on loopback that misbehaves as it is told: it drips, floods, redirects, hangs up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

PIECE = b"x" * 65536


class Rude:
    """Each connection is handled by `act(connection, request)` in a thread of its own."""

    def __init__(self, act: Callable[[socket.socket, bytes], None]) -> None:
        self.act = act
        self.requests: list[bytes] = []
        self.stop = threading.Event()
        self.gone = threading.Event()  # a client hung up while we were still talking
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def allow(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while not self.stop.is_set():
            try:
                connection, _where = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with connection:
            try:
                while request := self._request(connection):
                    self.requests.append(request)
                    if self.act(connection, request) is not True:  # True: keep the connection
                        return
            except OSError:
                self.gone.set()

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65536)
            if not piece:
                return b""
            request += piece
        return request

    def close(self) -> None:
        self.stop.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)

    # ------------------------------------------------------------------ ways to behave
    def drip(self, connection: socket.socket, pause: float = 0.05) -> None:
        """A byte now and then, for ever: never idle, never done."""
        while not self.stop.wait(pause):
            connection.sendall(b"x")

    def flood(self, connection: socket.socket) -> None:
        while not self.stop.is_set():
            connection.sendall(PIECE)

    def silence(self, connection: socket.socket) -> None:
        """Say nothing until the other side hangs up."""
        if not connection.recv(1):
            self.gone.set()


def answer(body: bytes = b"hello", *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body
