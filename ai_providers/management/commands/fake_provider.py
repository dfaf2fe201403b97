"""`manage.py fake_provider`: an OpenAI-compatible provider that misbehaves on request."""

from argparse import ArgumentParser
from typing import Any

from aiohttp import web
from django.core.management.base import BaseCommand

from ai_providers.fake.behaviour import MODELS
from ai_providers.fake.server import FakeProvider


class Command(BaseCommand):
    help = "Serve a provider whose models misbehave, on loopback, until interrupted."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=9000)

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        self.stdout.write(f"http://127.0.0.1:{port}/v1 · any key · models:")
        for name, what in MODELS.items():
            self.stdout.write(f"  {name:10} {what}")
        self.stdout.write(
            f"Let the hub call it: MEGAHUB_OUTBOUND_ALLOW=127.0.0.1:{port}. "
            f"Add a provider of kind openai_compatible with that address.\n"
        )
        self.stdout.flush()
        web.run_app(
            FakeProvider().app(),
            host="127.0.0.1",
            port=port,
            print=None,
            handler_cancellation=True,
            access_log=None,
        )
