"""The one front: streams on the event loop, everything else on Django's threads.

Why so: docs/decisions/0001-one-front.md.
"""

from collections.abc import MutableMapping
from typing import Any

from django.conf import settings

from megahub import health
from megahub.access_log import AccessLog
from megahub.monitoring import door
from megahub.streams import STREAMS
from megahub.wsgi import application as django
from megahub.wsgi_bridge import WsgiBridge

bridge = WsgiBridge(
    django,
    threads=settings.WEB_THREADS,
    queue=settings.WEB_QUEUE,
    body=settings.MAX_BODY_BYTES,
)


async def front(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["type"] != "http":
        return
    if scope["path"] == health.ALIVE_PATH:
        await health.alive(scope, receive, send)  # also when every thread is busy
        return
    if scope["path"] == door.PATH:
        await door.metrics(scope, receive, send)
        return
    for pattern, app in STREAMS:
        if pattern.match(scope["path"]):
            await app(scope, receive, send)
            return
    await bridge(scope, receive, send)


async def _live(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    bridge.close()
    await send({"type": "lifespan.shutdown.complete"})


application = AccessLog(front)
