"""One outgoing HTTP call from a thread: checked, limited, never redirected, stopped by `close`.

    call = Call(limits=Limits(total=60))
    ctx.on_stop(call.close)
    with call.open("POST", url, headers={...}, body=b"...") as answer:
        for piece in answer.chunks(): ...

No proxy of the environment is used, no cookie kept, nothing decompressed: what is counted against
`Limits.size` is what came over the wire.
"""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ai_core.outbound.addresses import AllowList
from ai_core.outbound.dialling import Line
from ai_core.outbound.failures import BadAnswer, BadUrl, CutOff, OutboundError, TooLarge
from ai_core.outbound.targets import Resolver, Target, operators_allow_list, parse
from ai_core.outbound.watched import PIECE, Clock, Limits, WatchedSocket

USER_AGENT = "megahub"
OURS = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding"})
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Answer:
    """What came back: its head at once, its body as it is read."""

    def __init__(self, response: http.client.HTTPResponse, line: Line, clock: Clock) -> None:
        self._response = response
        self._line = line
        self._clock = clock
        self.status: int = response.status
        self.reason: str = response.reason
        self.headers = response.headers
        self.address = line.address
        self.timings = line.timings
        self.size = 0

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives: a stream's events are not held back."""
        limit = self._clock.limits.size
        while True:
            with _named(self._line):
                piece = self._response.read1(PIECE)
            if not piece:
                break
            self.size += len(piece)
            if self.size > limit:
                raise TooLarge(limit)
            yield piece
        if self._response.length:
            raise CutOff(f"The answer ended {self._response.length} bytes too early.")
        self.timings["total"] = self._clock.elapsed()

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the body, without their ends."""
        rest = b""
        for piece in self.chunks():
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.rstrip(b"\r")
        if rest:
            yield rest.rstrip(b"\r")

    def read(self) -> bytes:
        return b"".join(self.chunks())


class Call:
    """A call that can be stopped. It is used once."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        allow: AllowList | None = None,
        resolver: Resolver | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._allow = operators_allow_list() if allow is None else allow
        self._resolver = resolver
        self._context = context
        self._line = Line()
        self.certificate: dict[str, Any] = {}
        self.tls_version = ""

    def close(self) -> None:
        """Stop the call, from whatever thread, wherever it is just now."""
        self._line.close()

    @contextmanager
    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Iterator[Answer]:
        """Make the call and give its answer; the connection ends with the block."""
        target = parse(url)
        if method not in _METHODS:
            raise BadUrl(f"{method!r} is not a method that is used here.")
        clock = Clock(self.limits)
        try:
            sock = self._line.dial(
                target,
                clock=clock,
                allow=self._allow,
                resolver=self._resolver,
                context=self._context,
            )
            if isinstance(sock, ssl.SSLSocket):
                self.certificate = sock.getpeercert() or {}
                self.tls_version = sock.version() or ""
            wire = WatchedSocket(sock, clock)
            with _named(self._line):
                begun = time.monotonic()
                response = _asked(wire, target, method=method, headers=headers, body=body)
                self._line.timings["first_byte"] = time.monotonic() - begun
            yield Answer(response, self._line, clock)
        finally:
            self._line.release()


def _asked(
    wire: WatchedSocket,
    target: Target,
    *,
    method: str,
    headers: Mapping[str, str] | None,
    body: bytes | None,
) -> http.client.HTTPResponse:
    speaker = http.client.HTTPConnection(target.host, target.port)
    speaker.sock = wire
    speaker.auto_open = 0  # it must never connect by itself
    speaker.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    for name, value in _all_headers(target, headers or {}, body).items():
        speaker.putheader(name, value)
    speaker.endheaders(body)
    return speaker.getresponse()


def _all_headers(target: Target, headers: Mapping[str, str], body: bytes | None) -> dict[str, str]:
    """The caller's headers, less those that decide where and how the call goes."""
    chosen = {"User-Agent": USER_AGENT, "Accept": "*/*"}
    for name, value in headers.items():
        if name.lower() in OURS:
            raise BadUrl(f"The header {name} is set by the hub itself.")
        if not _NAME.fullmatch(name):
            raise BadUrl(f"{name!r} is not the name of a header.")
        known = next((one for one in chosen if one.lower() == name.lower()), name)
        chosen[known] = value
    chosen |= {"Host": target.host_header, "Accept-Encoding": "identity", "Connection": "close"}
    if body is not None:
        chosen["Content-Length"] = str(len(body))
    return chosen


@contextmanager
def _named(line: Line) -> Iterator[None]:
    """Give what http.client and sockets raise the names that callers know."""
    try:
        yield
        line.must_be_open()
    except OutboundError:
        line.must_be_open()
        raise
    except http.client.IncompleteRead as error:
        line.must_be_open()
        raise CutOff("The answer ended in the middle.") from error
    except http.client.RemoteDisconnected as error:
        line.must_be_open()
        raise CutOff("The other side hung up without an answer.") from error
    except (http.client.HTTPException, UnicodeError) as error:
        line.must_be_open()
        raise BadAnswer(f"What came is not HTTP: {type(error).__name__}.") from error
    except ValueError as error:
        line.must_be_open()
        raise BadUrl(f"The request cannot be sent: {error}") from error
    except OSError as error:
        line.must_be_open()
        raise CutOff(f"The connection broke: {error}") from error
