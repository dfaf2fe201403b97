"""A real `manage.py up` in a process of its own, for the tests."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg

from megahub import running
from megahub.embedded import free_port

ROOT = Path(__file__).resolve().parents[2]
GIVEN = ("DATABASE_URL", "REDIS_URL", "MEGAHUB_SECRET_KEY", "MEGAHUB_ADMIN_PASSWORD")
START_SECONDS = 240  # a bound for a machine whose cores are all busy, not a promise
MAKE_A_JOB = """
import json, os
from django.contrib.auth.models import User
from ai_core.services import JobService
from brands.models import Brand
job_type, input_data = json.loads(os.environ["JOB"])
brand = Brand.objects.create(name="Owls", slug="owls")
user = User.objects.get(username="admin")
print(JobService.create_job(job_type, input_data, user, brand).job_id)
"""


def environment(**wanted: str) -> dict[str, str]:
    """The tests' own services must not leak into the hub: it starts its own."""
    kept = {name: value for name, value in os.environ.items() if name not in GIVEN}
    return {**kept, "MEGAHUB_DEMO": "0", **wanted}


def refused(**wanted: str) -> tuple[int, str, str]:
    """Run `manage.py up` where it must refuse; return exit code, stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment(**wanted),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


class HubProcess:
    """Started on a data folder and a free port; its log is a file, so that nothing blocks."""

    def __init__(self, data: Path, **wanted: str) -> None:
        self.port = free_port()
        self.log = data.parent / f"up-{self.port}.log"
        self.data = data
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=environment(MEGAHUB_DATA=str(data), PORT=str(self.port), **wanted),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        return self.log.read_text()

    def get(self, path: str, timeout: float = 5) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=timeout
            ) as r:
                return r.status, r.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def wait_for(self, path: str, status: int = 200, seconds: float = START_SECONDS) -> float:
        """Wait for an answer; return how many seconds it took."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            assert self.process.poll() is None, self.text()
            if self.get(path)[0] == status:
                return time.monotonic() - begun
            time.sleep(0.05)
        raise AssertionError(f"{path} did not answer {status}: {self.get(path)}\n{self.text()}")

    def create_job(self, job_type: str, input_data: dict[str, Any]) -> str:
        """Make a job of the admin's in a brand of its own; return its job_id."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", MAKE_A_JOB],
            cwd=ROOT,
            env=environment(MEGAHUB_DATA=str(self.data), JOB=json.dumps([job_type, input_data])),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def wait_for_row(self, condition: str, job_id: str, seconds: float = 20) -> None:
        """Wait less than a lease, so that nothing is taken back meanwhile."""
        url = running.read(self.data)["database_url"]
        asked = f"SELECT count(*) FROM ai_core_aijob WHERE job_id = %s AND ({condition})"
        deadline = time.monotonic() + seconds
        with psycopg.connect(url, autocommit=True) as found:
            while found.execute(asked, [job_id]).fetchone() != (1,):
                assert time.monotonic() < deadline, f"never: {condition}"
                time.sleep(0.05)

    def wait_for_text(self, text: str, times: int = 1) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.text().count(text) < times:
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.02)

    def descendants(self) -> dict[int, str]:
        """Every process of the hub that lives now, by pid: all have its folder or its port."""
        return {pid: line for pid, line in all_processes().items() if self._is_ours(pid)}

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def _is_ours(self, pid: int) -> bool:
        try:
            if Path(f"/proc/{pid}/cwd").readlink() == self.data:
                return True  # Valkey, which overwrites its environment with a title
            environ = Path(f"/proc/{pid}/environ").read_bytes()
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
        return f"PORT={self.port}\0".encode() in environ or str(self.data).encode() in command


def all_processes() -> dict[int, str]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
    return found
