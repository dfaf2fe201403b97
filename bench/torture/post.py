"""Who is told of the ends of jobs: receivers that are honest, slow, lying, lost elsewhere, or down.

Each remembers what it was sent and what it accepted. A signature is believed when the official
library of Standard Webhooks believes it.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from ai_notices import kinds, webhooks
from brands.models import Brand

SLOW_SECONDS = 0.2
# A receiver answers the tries of one message in this order, and accepts from then on. 0: it takes
# the message, and hangs up without a word.
ANSWERS = {
    "honest": (),
    "slow": (),
    "lying": (500,),
    "redirecting": (302,),
    "hanging up": (0,),
    "down": (),
}


@dataclass
class Receiver:
    """One address on loopback with its secret."""

    manner: str
    tries: Counter[str] = field(default_factory=Counter)
    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    ids: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    odd: list[str] = field(default_factory=list)
    verifier: Verifier | None = None
    elsewhere: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), _handler(self), bind_and_activate=False
        )
        self._server.daemon_threads = True
        self._server.server_bind()  # nobody listens yet: whoever calls is refused

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def open(self) -> None:
        self._server.server_activate()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.server_close()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> int:
        if self.manner == "slow":
            time.sleep(SLOW_SECONDS)
        with self._lock:
            if path != "/hook":
                self.elsewhere += 1
                return 404
            return self._judge(headers, body)

    def _judge(self, headers: dict[str, str], body: bytes) -> int:
        try:
            assert self.verifier is not None
            self.verifier.verify(body, headers)
        except WebhookVerificationError as error:
            self.odd.append(f"{self.manner}: {error}")
            return 400
        name, told = headers["webhook-id"], json.loads(body)
        self.ids[told["data"]["id"]].add(name)
        self.tries[name] += 1
        answers = ANSWERS[self.manner]
        if self.tries[name] <= len(answers):
            return answers[self.tries[name] - 1]
        self.accepted[name] = told
        return 204


class Post:
    """The receivers of every brand; all of them want to hear of every end."""

    def __init__(self) -> None:
        self.of_brand: dict[int, list[Receiver]] = {}
        manners = [("lying", "hanging up"), ("slow", "redirecting"), ("down",)]
        for brand, own in zip(Brand.objects.order_by("pk"), manners, strict=False):
            self.of_brand[brand.pk] = [self._add(brand, one) for one in ("honest", *own)]

    def everyone(self) -> list[Receiver]:
        return [one for found in self.of_brand.values() for one in found]

    def open(self, *, down: bool) -> None:
        """Let those listen who are not down, or those who were."""
        for one in self.everyone():
            if (one.manner == "down") == down:
                one.open()

    def close(self) -> None:
        for one in self.everyone():
            one.close()

    def broken(self, ended: Iterable[tuple[int, int, str]]) -> dict[str, list[Any]]:
        """Hold what was told against (brand, job, status) of all that has ended."""
        everyone = self.everyone()
        statuses = {job: status for _brand, job, status in ended}
        wanted = [(brand, job) for brand, job, _status in ended]
        told = [(one, body["data"]) for one in everyone for body in one.accepted.values()]
        heard = {(id(one), data["id"]) for one, data in told}
        found = {
            "each end was announced to each who wanted to hear": [
                (one.manner, job)
                for brand, job in wanted
                for one in self.of_brand[brand]
                if (id(one), job) not in heard
            ],
            "an end that is announced again has the same id": [
                (one.manner, job, ids) for one in everyone for job, ids in one.ids.items()
                if len(ids) > 1
            ],
            "what was announced is how it ended": [
                (one.manner, data["id"], data["status"])
                for one, data in told
                if statuses.get(data["id"]) != data["status"]
            ],
            "every announcement is signed": [odd for one in everyone for odd in one.odd],
            "no redirect is followed": [one.manner for one in everyone if one.elsewhere],
        }  # fmt: skip
        return {name: rows[:5] for name, rows in found.items() if rows}

    def __str__(self) -> str:
        return ", ".join(
            f"{one.manner}: {len(one.accepted)} of {sum(one.tries.values())}"
            for one in self.everyone()
        )

    @staticmethod
    def _add(brand: Brand, manner: str) -> Receiver:
        receiver = Receiver(manner)
        wanted = {"name": manner, "kinds": sorted(kinds.FINAL_KINDS)}
        made = webhooks.add(brand, user=None, address=receiver.address, **wanted)
        receiver.verifier = Verifier(made.secret.reveal())
        return receiver


def _handler(receiver: Receiver) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.answer(self.path, headers, body)
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:  # what a client does that follows a redirect
            receiver.elsewhere += 1
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
