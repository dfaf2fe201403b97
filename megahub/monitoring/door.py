"""`GET /metrics`: for whoever has MEGAHUB_METRICS_TOKEN; without one, for this machine only.

Answered on a thread of its own: a hub whose threads are all busy is when figures are wanted most.
"""

import asyncio
import hmac
import ipaddress
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Info,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder

from megahub import __version__
from megahub.monitoring import figures, requests, streams

PATH = "/metrics"
# A proxy on this machine also comes from loopback; it says for whom.
FORWARDED = {b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via"}
_thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")


@cache
def registry() -> CollectorRegistry:
    """Everything that this process can tell; its own figures, and those of the whole hub."""
    every = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=every)
    Info("megahub_build", "The version that runs here.", registry=every).info(
        {"version": __version__}
    )
    every.register(requests.registry)
    every.register(streams.OpenStreams())
    every.register(figures.Figures(figures.parts()))
    return every


def exposition(accept: str = "") -> tuple[bytes, str]:
    """Return the page, and its content type."""
    encode, content_type = choose_encoder(accept)
    return encode(registry()), content_type


async def metrics(scope: MutableMapping[str, Any], _receive: Any, send: Any) -> None:
    headers = dict(scope["headers"])
    if scope["method"] not in ("GET", "HEAD"):
        await _answer(send, 405, b"Use GET.\n", extra=[(b"allow", b"GET, HEAD")])
    elif not _may(scope, headers):
        await _answer(send, 401, REFUSAL, extra=[(b"www-authenticate", b"Bearer")])
    else:
        accept = headers.get(b"accept", b"").decode("latin-1")
        body, kind = await asyncio.get_running_loop().run_in_executor(_thread, _measured, accept)
        await _answer(send, 200, b"" if scope["method"] == "HEAD" else body, kind=kind)


REFUSAL = (
    b"Metrics are for operators: send `Authorization: Bearer` with MEGAHUB_METRICS_TOKEN, "
    b"or ask from the machine itself while none is set.\n"
)


def _may(scope: MutableMapping[str, Any], headers: dict[bytes, bytes]) -> bool:
    if settings.METRICS_TOKEN:
        given = headers.get(b"authorization", b"")
        return hmac.compare_digest(given, b"Bearer " + settings.METRICS_TOKEN.encode())
    if FORWARDED & headers.keys():
        return False
    try:
        return ipaddress.ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:
        return False


def _measured(accept: str) -> tuple[bytes, str]:
    close_old_connections()
    return exposition(accept)


async def _answer(
    send: Any, status: int, body: bytes, *, kind: str = "text/plain", extra: Any = ()
) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
