"""Users of every kind, at a steady pace: jobs, calls, readers of streams, pages, a training."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench.soak.hub import MODELS, Hub

TEXT = (
    "The barn owl nests in barns and church towers. At night it hunts small rodents in the fields. "
    "Farmers like it because it protects their harvest. In winter, cold puts it in danger."
)
PAGES = ["/", "/jobs/", "/jobs/?status=failed", "/queue/", "/usage/", "/trainings/", "/providers/"]
LISTS = ["/ai/jobs/?page_size=50", "/ai/jobs/?search=owl", "/ai/jobs/dashboard/", "/ai/usage/"]
READERS = 6


class Load:
    """`with Load(hub):` — until the block ends, everybody works; `done` and `wrong` count."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.over = threading.Event()
        self.done: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        acts: list[tuple[Callable[[int], Any], float]] = [
            (self.analyse, 0.3), (self.sleep_and_cancel, 0.4), (self.chat, 0.15),
            (self.chat_streamed, 0.4), (self.walk_pages, 0.7), (self.read_lists, 0.5),
            (self.train, 1.0), *[(self.follow, 0.5)] * READERS,
        ]  # fmt: skip
        self.threads = [
            threading.Thread(target=self._repeat, args=act, daemon=True) for act in acts
        ]

    def __enter__(self) -> Load:
        self.opener = self.hub.browser()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def _repeat(self, act: Callable[[int], Any], pause: float) -> None:
        turn = 0
        while not self.over.wait(pause):
            turn += 1
            try:
                act(turn)
                self.done[act.__name__] += 1
            except Exception as error:
                self.wrong[f"{act.__name__}: {type(error).__name__}: {error}"[:120]] += 1

    def analyse(self, turn: int) -> None:
        wanted = {"job_type": "content_analysis", "input_data": {"text": f"{TEXT} {turn}"}}
        self.hub.call("/ai/jobs/", wanted, Prefer="wait=10")

    def sleep_and_cancel(self, turn: int) -> None:
        job = self.hub.call("/ai/jobs/", {"job_type": "sleep", "input_data": {"seconds": 1}})
        if turn % 3 == 0:
            self.hub.call(f"/ai/jobs/{job['id']}/cancel/", {"reason": "soak"})

    def chat(self, turn: int) -> None:
        model = "ok" if turn % 8 else MODELS[turn // 8 % len(MODELS)]
        self._ask(model, stream=False)

    def chat_streamed(self, turn: int) -> None:
        self._ask("drip" if turn % 5 == 0 else "ok", stream=True)

    def _ask(self, model: str, *, stream: bool) -> None:
        asked = {"model": model, "messages": [{"role": "user", "content": TEXT}], "stream": stream}
        self.hub.call("/v1/chat/completions", asked)

    def walk_pages(self, turn: int) -> None:
        self.opener.open(self.hub.url + PAGES[turn % len(PAGES)], timeout=60).read()

    def read_lists(self, turn: int) -> None:
        self.hub.call(LISTS[turn % len(LISTS)])

    def follow(self, turn: int) -> None:
        """Open a stream, listen for some seconds, and leave without a word."""
        request = urllib.request.Request(
            f"{self.hub.url}/ai/jobs/stream/", headers={"Authorization": f"Bearer {self.hub.key}"}
        )
        until = time.monotonic() + 2 + turn % 5
        with urllib.request.urlopen(request, timeout=60) as stream:
            while time.monotonic() < until and not self.over.is_set():
                stream.readline()

    def train(self, turn: int) -> None:
        """A runner: claim a run, report its points, end it."""
        wanted = {"image": "soak", "name": f"soak {turn}", "hourly_rate": "3.60"}
        made = self.hub.call("/ai/jobs/", {"job_type": "external_training", "input_data": wanted})
        run = f"/ai/training/runs/{made['id']}"
        lease = self.hub.call(f"{run}/claim/", {"runner": "soak"}).get("lease")
        if lease is None:  # its queue is full
            self.hub.call(f"/ai/jobs/{made['id']}/cancel/", {"reason": "soak"})
            return
        for first in range(0, 500, 50):
            points = [{"step": step, "loss": 1 / (step + 1)} for step in range(first, first + 50)]
            self.hub.call(
                f"{run}/report/", {"message_id": str(first), "lease": lease, "points": points}
            )
        ending = {"status": "completed", "result": {}}
        self.hub.call(f"{run}/report/", {"message_id": "end", "lease": lease, "ending": ending})
