"""From a target to a connected socket: looked up, checked, pinned, encrypted, and stoppable."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
import time
from functools import cache
from typing import Any

from ai_core.outbound.addresses import AllowList
from ai_core.outbound.failures import Closed, ConnectFailed, OutboundError, TimedOut, TlsRefused
from ai_core.outbound.targets import Resolved, Resolver, Target, resolve
from ai_core.outbound.watched import Clock


@cache
def tls() -> ssl.SSLContext:
    """The machine's trust, read once: it costs some 20 ms."""
    return ssl.create_default_context()


class Line:
    """The connection of one call; `close` may come from another thread at any moment."""

    def __init__(self) -> None:
        self.closed = False
        self.timings: dict[str, float] = {}
        self.address = ""
        self._lock = threading.Lock()
        self._sock: socket.socket | None = None
        self._found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def close(self) -> None:
        with self._lock:
            self.closed = True
            sock = self._sock
        self._found.put(Closed("The call was stopped."))
        if sock is not None:
            hang_up(sock)

    def must_be_open(self) -> None:
        if self.closed:
            raise Closed("The call was stopped.")

    def dial(
        self,
        target: Target,
        *,
        clock: Clock,
        allow: AllowList,
        resolver: Resolver | None,
        context: ssl.SSLContext | None,
    ) -> socket.socket:
        begun = time.monotonic()
        found = self._looked_up(target, clock=clock, allow=allow, resolver=resolver)
        begun = self._took("lookup", begun)
        sock = self._connected(target, found, clock)
        begun = self._took("connect", begun)
        if target.scheme == "https":
            sock = self._encrypted(sock, target, clock=clock, context=context or tls())
            self._took("tls", begun)
        return sock

    def _took(self, what: str, begun: float) -> float:
        now = time.monotonic()
        self.timings[what] = now - begun
        return now

    def _looked_up(
        self, target: Target, *, clock: Clock, allow: AllowList, resolver: Resolver | None
    ) -> Resolved:
        """Look the name up in a thread of its own: a resolver cannot be told to hurry or stop."""

        def look_up() -> None:
            try:
                self._found.put(resolve(target, allow=allow, resolver=resolver))
            except BaseException as error:
                self._found.put(error)

        threading.Thread(target=look_up, name="lookup", daemon=True).start()
        seconds = clock.limits.connect
        try:
            answer = self._found.get(timeout=clock.patience(seconds))
        except queue.Empty:
            raise clock.too_slow("connect", seconds) from None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _connected(self, target: Target, found: Resolved, clock: Clock) -> socket.socket:
        """Try the checked addresses one after the other, and no others."""
        until = clock.elapsed() + clock.limits.connect
        last: OutboundError = ConnectFailed(f"{target.host} does not answer.")
        for place, (family, where) in enumerate(found):
            self.must_be_open()
            share = (until - clock.elapsed()) / (len(found) - place)
            if share <= 0:
                break
            sock = socket.socket(family, socket.SOCK_STREAM)
            self._hold(sock)
            try:
                sock.settimeout(clock.patience(share))
                sock.connect(where)
            except OSError as error:
                sock.close()
                self.must_be_open()
                last = _no_connection(target, error, clock)
            else:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.address = str(where[0])
                return sock
        raise last

    def _encrypted(
        self, sock: socket.socket, target: Target, *, clock: Clock, context: ssl.SSLContext
    ) -> socket.socket:
        seconds = clock.limits.connect
        sock.settimeout(clock.patience(seconds))
        try:
            wrapped = context.wrap_socket(
                sock, server_hostname=target.host, do_handshake_on_connect=False
            )
            self._hold(wrapped)
            wrapped.do_handshake()
        except ssl.SSLCertVerificationError as error:
            raise TlsRefused(
                f"The certificate of {target.host} is not valid: {error.verify_message}."
            ) from None
        except TimeoutError:
            raise clock.too_slow("connect", seconds) from None
        except (OSError, ValueError) as error:
            self.must_be_open()
            raise ConnectFailed(
                f"{target.host} does not speak TLS as we do: {_reason(error)}."
            ) from None
        return wrapped

    def _hold(self, sock: socket.socket) -> None:
        with self._lock:
            self._sock = sock
            closed = self.closed
        if closed:
            sock.close()
            raise Closed("The call was stopped.")

    def release(self) -> None:
        with self._lock:
            sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()


def hang_up(sock: socket.socket) -> None:
    """Wake whoever waits on this socket. The plain method: SSLSocket's own would drop its state."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _no_connection(target: Target, error: OSError, clock: Clock) -> OutboundError:
    if isinstance(error, TimeoutError):
        return TimedOut("connect", clock.limits.connect)
    return ConnectFailed(f"{target.host}:{target.port} cannot be reached: {_reason(error)}.")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
