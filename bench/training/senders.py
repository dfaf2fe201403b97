"""Who reports: a script with the SDK, and webhooks in batches or one by one; as processes.

`python -m bench.training.senders WAY '{"url": …, "job_id": …, "secret": …, "seconds": …}'` prints
what was said as JSON. Needs nothing of the hub but its addresses, as a runner elsewhere.
"""

import base64
import hashlib
import hmac
import http.client
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

RATE = 1000  # progress events a second
SENDERS = 4  # that send batches, at once
BATCHES = 5  # a second, of each
CROWD = 16  # that send one event at a time, as fast as they are answered
TRIES = 200


def by_sdk(given: dict[str, Any]) -> dict[str, Any]:
    """One script, `run.metrics` a thousand times a second; the SDK decides when to send."""
    from megahub.runner import Run

    slowest = 0.0
    with Run(given["job_id"]) as run:
        for step in _paced(RATE, given["seconds"]):
            begun = time.perf_counter()
            run.metrics(step, loss=1 / step)
            run.progress(step=step)
            slowest = max(slowest, time.perf_counter() - begun)
    return {"said": step, "call_ms": 1000 * slowest, "answers_ms": [], "refused": 0}


def by_batches(given: dict[str, Any]) -> dict[str, Any]:
    """Four senders, each five times a second a signed batch of fifty progress events."""
    size = RATE // (SENDERS * BATCHES)

    def work(sender: "Sender", number: int) -> int:
        for turn in _paced(BATCHES, given["seconds"]):
            first = ((turn - 1) * SENDERS + number) * size + 1
            events = [_event(step) for step in range(first, first + size)]
            sender.send({"type": "batch", "data": {"events": events}}, sequence=first)
        return turn * size

    return _together(SENDERS, work, given)


def one_by_one(given: dict[str, Any]) -> dict[str, Any]:
    """Sixteen senders, each an event in a message of its own, again as soon as it is answered."""
    until = time.monotonic() + given["seconds"]

    def work(sender: "Sender", number: int) -> int:
        count = 0
        while time.monotonic() < until:
            step = count * CROWD + number + 1
            sender.send(_event(step), sequence=step)
            count += 1
        return count

    return _together(CROWD, work, given)


def _event(step: int) -> dict[str, Any]:
    return {"type": "metrics", "step": step, "data": {"loss": 1 / step}}


def _paced(rate: int, seconds: float) -> Iterator[int]:
    """1, 2, 3 … at so many a second; late ones follow at once."""
    begun = time.monotonic()
    for number in range(1, int(rate * seconds) + 1):
        wait = begun + number / rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        yield number


def _together(count: int, work: Callable[["Sender", int], int], given: Any) -> dict[str, Any]:
    senders = [Sender(given) for _ in range(count)]
    said = [0] * count

    def go(number: int) -> None:
        said[number] = work(senders[number], number)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers = [ms for sender in senders for ms in sender.answers]
    refused = sum(sender.refused for sender in senders)
    return {"said": sum(said), "answers_ms": answers, "refused": refused}


class Sender:
    """Signs webhooks of one run, over a connection that stays open."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.path = f"/ai/webhooks/training/{given['job_id']}/"
        self.host = urlsplit(given["url"]).netloc
        self.key = base64.b64decode(given["secret"].removeprefix("whsec_"))
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        self.answers: list[float] = []
        self.refused = 0

    def send(self, body: dict[str, Any], *, sequence: int) -> None:
        """Send until it is taken; what is told to wait, waits."""
        text = json.dumps({"sequence": sequence, **body}).encode()
        name = f"m-{sequence}"
        for _try in range(TRIES):
            begun = time.perf_counter()
            status, wait = self._post(text, name)
            self.answers.append(1000 * (time.perf_counter() - begun))
            if status == 200:
                return
            if status not in {409, 429, 503}:
                raise SystemExit(f"the hub answers {status}")
            self.refused += 1
            time.sleep(wait)
        raise SystemExit("the hub never took it")

    def _post(self, text: bytes, name: str) -> tuple[int, float]:
        stamp = str(int(time.time()))
        signed = b".".join([name.encode(), stamp.encode(), text])
        digest = base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        headers = {
            "Content-Type": "application/json", "webhook-id": name, "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{digest}",
        }  # fmt: skip
        self.connection.request("POST", self.path, text, headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, float(answer.headers.get("Retry-After") or 0.1)


WAYS = {"sdk": by_sdk, "batches": by_batches, "one by one": one_by_one}


def main() -> None:
    given = json.loads(sys.argv[2])
    begun = time.monotonic()
    told = WAYS[sys.argv[1]](given)
    answers = told.pop("answers_ms")
    p95 = statistics.quantiles(answers, n=20)[18] if len(answers) > 1 else None
    told |= {"seconds": time.monotonic() - begun, "answer_p95_ms": p95}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
