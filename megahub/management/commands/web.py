"""`manage.py web`: pages, the API and streams, on one port."""

import gc
import os
import socket
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from megahub import streams
from megahub.http_protocol import CuttableHttp
from megahub.up.port import listen
from megahub.up.refusal import Refusal

GRACE_SECONDS = 3
YOUNG_OBJECTS = 10_000
STATEMENT_SECONDS = 30  # nobody waits longer for a page; a large export fetches in many statements


class Server(uvicorn.Server):
    """Ends the open streams with a word first; they would keep the server until they are cut."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _keep_what_is_loaded()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await streams.close()
        await super().shutdown(sockets)


def _keep_what_is_loaded() -> None:
    """What has been imported lives as long as the process: nobody looks through it for rubbish.

    A look at all of it stops every call for a tenth of a second; and a look at what is young,
    after each 700 new objects as Python has it, is one after every tenth call of the gateway.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)


class Command(BaseCommand):
    help = "Serve the pages, the API and the streams on PORT."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fd", type=int, help="an open listening socket (`up` passes one)")

    def handle(self, *_args: Any, **options: Any) -> None:
        listener = self._listener(options["fd"])
        database = settings.DATABASES["default"]["OPTIONS"]
        database["options"] += f" -c statement_timeout={STATEMENT_SECONDS}s"
        config = uvicorn.Config(
            "megahub.asgi:application",
            log_config=None,
            access_log=False,
            server_header=False,
            # Whose word about the client's address counts; uvicorn believes loopback by default.
            forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
            timeout_graceful_shutdown=GRACE_SECONDS,
            http=CuttableHttp,
            ws="none",
        )
        Server(config).run(sockets=[listener])

    def _listener(self, descriptor: int | None) -> socket.socket:
        if descriptor is not None:
            return socket.socket(fileno=descriptor)
        try:
            return listen(settings.BIND, settings.PORT)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
