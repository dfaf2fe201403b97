"""A hub of the documentation's own, and the calls made to it with curl, as readers make them."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megahub.api_docs.call import Call
from megahub.embedded import free_port

ROOT = Path(__file__).resolve().parents[2]
GIVEN = ("DATABASE_URL", "REDIS_URL", "MEGAHUB_SECRET_KEY", "MEGAHUB_ADMIN_PASSWORD")
START_SECONDS = 120
CUT = 28  # curl's exit code when a stream was cut off


@dataclass(frozen=True)
class Answer:
    command: str
    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def is_json(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/json")


class Hub:
    """Remembers what calls kept, so that later ones can speak of it."""

    def __init__(self, address: str, environment: dict[str, str]) -> None:
        self.address = address
        self.environment = {**environment, "HUB": address}
        self.kept: dict[str, Any] = {}

    def make(self, call: Call) -> Answer:
        """Make a call, and hold it to the status that the documentation says."""
        until = time.monotonic() + 60
        answer = self._once(call)
        while call.until and answer.json().get("status") != call.until:
            if time.monotonic() > until:
                raise SystemExit(f"{answer.command}\nnever became {call.until}: {answer.text}")
            time.sleep(0.2)
            answer = self._once(call)
        if answer.status != call.status:
            raise SystemExit(f"{answer.command}\nanswered {answer.status}: {answer.text[:2000]}")
        if call.keep:
            found = answer.json()
            self.kept[call.keep] = call.keep_only(found) if call.keep_only else found
        return answer

    def _once(self, call: Call) -> Answer:
        command = call.command(self.kept)
        asked = f'{command} -m {call.seconds} -D - -o "$BODY"'
        with tempfile.NamedTemporaryFile() as body:
            # The very line that is printed, and where to put what comes back.
            done = subprocess.run(  # noqa: S603
                ["/bin/sh", "-c", asked],
                env={**self.environment, "BODY": body.name},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode not in (0, CUT):
                raise SystemExit(f"{command}\ncurl failed: {done.returncode} {done.stderr}")
            text = Path(body.name).read_text()
        first, *lines = done.stdout.strip().splitlines()
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        return Answer(command, int(first.split()[1]), headers, text)


@contextmanager
def a_hub() -> Iterator[Hub]:
    """Run `manage.py up` on an empty folder, as a newcomer does, and make a key."""
    with tempfile.TemporaryDirectory(prefix="megahub-docs-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        kept = {name: value for name, value in os.environ.items() if name not in GIVEN}
        environment = {
            **kept,
            "PORT": str(port),
            "MEGAHUB_DATA": f"{folder}/data",
            "MEGAHUB_DEMO": "1",
        }
        log = Path(folder) / "up.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )
        try:
            address = f"http://localhost:{port}"
            _wait_for(f"{address}/api/", process, log)
            key = _key(environment)
            yield Hub(address, {**environment, "AUTH": f"Authorization: Bearer {key}"})
        except SystemExit:
            print("\n".join(log.read_text().splitlines()[-60:]), file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"the hub did not start:\n{log.read_text()}")


def _key(environment: dict[str, str]) -> str:
    words = ["api_key", "create", "--user", "admin", "--brand", "humari", "--name", "docs"]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
