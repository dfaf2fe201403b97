"""What goes wrong: workers killed, frozen and told to end; broker and database torn away."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import redis

from megahub.embedded import Postgres, Valkey
from megahub.guardian import Guardian

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 3  # a worker that has not begun yet has nothing to lose
WEIGHTS = {
    "kill a worker": 3,
    "freeze a worker": 3,
    "tell a worker to end": 2,
    "kill a child": 2,
    "kill a sweeper": 1,
    "flush the broker": 1,
    "restart the broker": 2,
    "crash the database": 2,
}


class Fleet:
    """Two workers and two sweepers; who dies is replaced, as a service manager would do it."""

    def __init__(self, folder: Path, guard: Guardian, *, lease: float) -> None:
        self.folder = folder
        self.guard = guard
        self.env = {
            **os.environ,
            "MEGAHUB_LEASE_SECONDS": str(lease),
            "MEGAHUB_SWEEP_SECONDS": "0.3",
            "MEGAHUB_OUTBOUND_ALLOW": "127.0.0.1",
            "MEGAHUB_STOP_GRACE_SECONDS": "1",
            "MEGAHUB_SHUTDOWN_SECONDS": "2",
        }
        self.slots = ["worker", "worker", "sweeper", "sweeper"]
        self.members = [self._start(kind) for kind in self.slots]
        self.replaced: Counter[str] = Counter()

    def replace_the_dead(self) -> None:
        for place, kind in enumerate(self.slots):
            code = self.members[place].poll()
            if code is not None:
                self.replaced[f"{kind} ended with {code}"] += 1
                self.guard.forget(self.members[place])
                self.members[place] = self._start(kind)

    def some(self, kind: str, dice: random.Random) -> subprocess.Popen[bytes]:
        places = [place for place, name in enumerate(self.slots) if name == kind]
        return self.members[dice.choice(places)]

    def close(self) -> None:
        for member in self.members:
            if member.poll() is None:
                member.send_signal(signal.SIGCONT)
                member.kill()
            member.wait()
            self.guard.forget(member)

    def _start(self, kind: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{kind}.log").open("ab") as log:
            return self.guard.spawn(
                [sys.executable, "manage.py", kind], env=self.env, cwd=ROOT, output=log
            )


class Chaos:
    def __init__(
        self, fleet: Fleet, postgres: Postgres, valkey: Valkey, *, seed: int, lease: float
    ) -> None:
        self.fleet = fleet
        self.postgres = postgres
        self.valkey = valkey
        self.lease = lease
        self.dice = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.acts: dict[str, Callable[[], None]] = {
            "kill a worker": lambda: self.fleet.some("worker", self.dice).kill(),
            "freeze a worker": self._freeze,
            "tell a worker to end": lambda: self.fleet.some("worker", self.dice).terminate(),
            "kill a child": self._kill_child,
            "kill a sweeper": lambda: self.fleet.some("sweeper", self.dice).kill(),
            "flush the broker": lambda: redis.Redis.from_url(os.environ["REDIS_URL"]).flushall(),
            "restart the broker": self._restart_broker,
            "crash the database": self._crash_database,
        }
        assert self.acts.keys() == WEIGHTS.keys()

    def run(self, seconds: float, say: Callable[[str], None]) -> None:
        until = time.monotonic() + seconds
        time.sleep(START_SECONDS)
        while time.monotonic() < until:
            time.sleep(self.dice.uniform(1.0, 3.0))
            self.fleet.replace_the_dead()
            name = self.dice.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
            say(name)
            self.acts[name]()
            self.counts[name] += 1

    def _freeze(self) -> None:
        worker = self.fleet.some("worker", self.dice)
        if worker.poll() is None:
            worker.send_signal(signal.SIGSTOP)
            time.sleep(self.lease + self.dice.uniform(0.3, 1.2))
            worker.send_signal(signal.SIGCONT)

    def _kill_child(self) -> None:
        """One of the processes in which jobs compute."""
        worker = self.fleet.some("worker", self.dice)
        grandchildren = [pid for child in children(worker.pid) for pid in children(child)]
        if grandchildren:
            os.kill(self.dice.choice(grandchildren), signal.SIGKILL)

    def _restart_broker(self) -> None:
        if self.valkey.process is not None:
            self.valkey.process.kill()
            self.valkey.process.wait()
        time.sleep(1)
        self.valkey.start()

    def _crash_database(self) -> None:
        """Immediate: no checkpoint, every session cut, recovery from the log at the next start."""
        if self.postgres.process is not None:
            self.postgres.process.send_signal(signal.SIGQUIT)
            self.postgres.process.wait()
        time.sleep(0.5)
        self.postgres.start()


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
