"""`python -m bench.upgrade`: migrate a hub that works, forward and back; nobody may notice.

FROM (default: the commit before the newest migration) is checked out beside this version. Its web,
worker and sweeper run under load on its own schema. Then this version's `manage.py migrate` runs,
is taken back, and runs again, all beside the old processes; in the end this version's processes
take over. No request may fail, no answer may take longer than SLOW seconds, every job must end.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

from bench import services
from megahub.embedded import free_port
from megahub.guardian import Guardian

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "brands",
    "ai_core",
    "ai_providers",
    "ai_usage",
    "ai_training",
    "ai_notices",
    "ai_schedules",
)
SLOW = float(os.environ.get("SLOW") or 10)
CALLERS = 3


def main() -> int:
    before = os.environ.get("FROM") or _before_the_newest_migration()
    old = Path(tempfile.mkdtemp(prefix="megahub-old-"))
    guard = Guardian()
    guard.remove_afterwards(old)
    archive = subprocess.run(
        ["git", "archive", before], cwd=ROOT, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(old)], input=archive, check=True)
    try:
        with services.running() as environment:
            return Upgrade(old, before, environment, guard).run()
    finally:
        guard.close()
        shutil.rmtree(old, ignore_errors=True)


def _before_the_newest_migration() -> str:
    paths = [f"{app}/migrations/0*.py" for app in APPS]
    newest = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", *paths)
    return _git("rev-parse", f"{newest}^")


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


class Upgrade:
    def __init__(
        self, old: Path, before: str, environment: dict[str, str], guard: Guardian
    ) -> None:
        self.old, self.before, self.guard = old, before, guard
        self.port = free_port()
        self.environment = {
            **environment, "PORT": str(self.port), "MEGAHUB_SWEEP_SECONDS": "0.3",
            "MEGAHUB_LOG": "json",
        }  # fmt: skip
        self.begun = time.monotonic()
        self.answers: Counter[str] = Counter()
        self.slowest = 0.0
        self.made: list[str] = []
        self.stop = threading.Event()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.begun:6.1f} s  {text}", flush=True)

    def run(self) -> int:
        self.manage(self.old, "migrate", "-v0")
        state = self.applied()
        self.manage(self.old, "shell", "-c", _PEOPLE)
        token = self.manage(
            self.old, "api_key", "create", "--user", "root", "--brand", "owls", "--name", "load"
        ).split()[-1]
        self.say(f"old version: {self.before[:10]}")
        processes = self.processes(self.old)
        self.wait_until_ready()
        callers = [threading.Thread(target=self.call, args=(token,)) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        try:
            time.sleep(3)
            for turn in ("forward", "back", "forward again"):
                self.turn(turn, state)
                time.sleep(2)
            left = self.drain()
        finally:
            self.stop.set()
            for caller in callers:
                caller.join()
            _end(processes)
        self.say("new version takes over")
        processes = self.processes(ROOT)
        try:
            self.wait_until_ready()
            left = self.drain()
        finally:
            _end(processes)
        return self.verdict(left)

    def turn(self, turn: str, state: dict[str, str]) -> None:
        begun = time.monotonic()
        if turn == "back":
            for app, name in state.items():
                self.manage(ROOT, "migrate", app, name, "-v0", "--no-input")
        else:
            self.manage(ROOT, "migrate", "-v0")
        self.say(f"{turn}: {time.monotonic() - begun:.1f} s; answers {dict(self.answers)}")

    def applied(self) -> dict[str, str]:
        told = self.manage(self.old, "showmigrations", "--list")
        state: dict[str, str] = {}
        app = ""
        for line in told.splitlines():
            if line and not line.startswith(" "):
                app = line.strip()
            elif "[X]" in line and app in APPS:
                state[app] = line.split()[-1].rstrip(")")
        return state

    def manage(self, where: Path, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=where, env=self.environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise SystemExit(f"manage.py {' '.join(words)} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def processes(self, where: Path) -> list[subprocess.Popen[bytes]]:
        return [
            self.guard.spawn(
                [sys.executable, "manage.py", name], env=self.environment, cwd=where,
                output=subprocess.DEVNULL,
            )
            for name in ("web", "worker", "sweeper")
        ]  # fmt: skip

    # ------------------------------------------------------------------ load
    def call(self, token: str) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            body = {"job_type": "sleep", "input_data": {"seconds": 0.05}, "description": "load"}
            made = self.ask(token, "/ai/jobs/", body)
            if made:
                self.made.append(made["job_id"])
                self.ask(token, f"/ai/jobs/{made['id']}/")
            if number % 3 == 0:
                self.ask(token, "/ai/jobs/?status=completed")
            if number % 5 == 0 and made:
                self.ask(token, f"/ai/jobs/{made['id']}/restart/", {}, may_be=(201, 409))
            self.stop.wait(0.1)

    def ask(
        self, token: str, path: str, body: object = None, may_be: tuple[int, ...] = (200, 201)
    ) -> dict[str, str] | None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        begun = time.monotonic()
        found: dict[str, str] | None = None
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, found = answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError as error:
            status = 0
            self.say(f"no answer: {error}")
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.answers[
            "fine" if status in may_be else f"failed {status} {path.split('?', maxsplit=1)[0]}"
        ] += 1
        return found

    def wait_until_ready(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
                    return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("the hub was not ready within a minute")

    def drain(self) -> int:
        self.stop.set()
        until = time.monotonic() + 60
        left = 1
        while left and time.monotonic() < until:
            time.sleep(0.5)
            left = int(self.manage(ROOT, "shell", "-v0", "-c", _OPEN).split()[-1])
        return left

    def verdict(self, left: int) -> int:
        failed = {name: count for name, count in self.answers.items() if name != "fine"}
        self.say(f"{self.answers['fine']} answers were fine, the slowest took {self.slowest:.1f} s")
        self.say(f"failed: {failed or 'none'}; {len(self.made)} jobs made, still open: {left}")
        return 1 if failed or left or self.slowest > SLOW else 0


_PEOPLE = """
from django.contrib.auth import get_user_model
from brands.models import Brand
get_user_model().objects.create_superuser("root", password="x")
Brand.objects.create(slug="owls", name="Owls")
"""
_OPEN = """
from ai_core.models import AIJob
print(AIJob.objects.filter(status__in=["pending", "running"]).count())
"""


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
