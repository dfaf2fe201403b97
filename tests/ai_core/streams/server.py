"""A real `manage.py web` on the tests' database, and a reader of event streams."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from django.db import connection

from megahub.embedded import free_port

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 60.0


class WebProcess:
    """Serves until `end`; its log is a file."""

    def __init__(self, folder: Path, **wanted: str) -> None:
        self.port = free_port()
        self.log = folder / f"web-{self.port}.log"
        given = {
            **os.environ,
            "DATABASE_URL": address_of_database(),
            "PORT": str(self.port),
            **wanted,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "web"],
                cwd=ROOT,
                env=given,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 240
        while True:
            assert self.process.poll() is None, self.log.read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1)
            except OSError:
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.05)
            else:
                return

    def listen(self, path: str, token: str = "", **headers: str) -> Listener:
        return Listener(self.port, path, token, headers)

    def refused(self, path: str, token: str = "", **headers: str) -> tuple[int, Any, Any]:
        """Ask for a stream that must not begin; return status, headers and JSON."""
        answer = self.listen(path, token, **headers)
        body = answer.response.read()
        answer.close()
        return answer.response.status, answer.response.headers, json.loads(body or b"null")

    def memory(self) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def address_of_database(name: str = "") -> str:
    """The address of the tests' database, or of another one on its server."""
    at = connection.settings_dict
    password = quote(at["PASSWORD"], safe="")
    return f"postgresql://{at['USER']}:{password}@{at['HOST']}:{at['PORT']}/{name or at['NAME']}"


class Event(NamedTuple):
    kind: str
    id: str
    data: Any


class Listener:
    """Reads one stream, event by event; comments are counted."""

    def __init__(self, port: int, path: str, token: str, headers: dict[str, str]) -> None:
        self.comments: list[str] = []
        self.last_id = ""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        self.connection.request("GET", path, headers=sent)
        self.response = self.connection.getresponse()

    def __iter__(self) -> Iterator[Event]:
        return (one for one in self.everything() if isinstance(one, Event))

    def everything(self) -> Iterator[Event | str]:
        """Events, and comments as text."""
        kind, data = "", ""
        deadline = time.monotonic() + SECONDS
        while line := self.response.readline():
            assert time.monotonic() < deadline, f"nothing to tell in {SECONDS} s"
            name, _, value = line.decode().rstrip("\n").partition(": ")
            match name:
                case "event":
                    kind = value
                case "id":
                    self.last_id = value
                case "data":
                    data = value
                case "" if line == b"\n":
                    if data:
                        yield Event(kind, self.last_id, json.loads(data))
                    kind, data = "", ""
                case _ if line.startswith(b":"):
                    self.comments.append(line.decode().strip(": \n"))
                    yield self.comments[-1]

    def until(self, kind: str, **facts: Any) -> list[Event]:
        """Read up to an event of this kind with these facts; return all that came."""
        found = []
        for event in self:
            found.append(event)
            if event.kind == kind and facts.items() <= event.data.items():
                return found
        raise AssertionError(f"the stream ended without {kind} {facts}: {found[-5:]}")

    def close(self) -> None:
        if self.connection.sock is not None:
            self.connection.sock.close()
        self.response.close()
        self.connection.close()
