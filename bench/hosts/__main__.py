"""`python -m bench.hosts`: the torture's load on four machines, of which one is cut off meanwhile.

Needs root and iproute2, for network namespaces of its own. CUT (60): for how many seconds a worker
machine is cut off. JOBS (800), LEASE (3). Exit code 0: every promise held, and the hub said what
was wrong while it was.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.hosts import network
from megahub.guardian import Guardian

ROOT = Path(__file__).resolve().parents[2]
PORT = "8000"
PROCESSES = (
    ("web", "web"), ("web", "sweeper"), ("work1", "worker"), ("work2", "worker"),
    ("work2", "sweeper"),
)  # fmt: skip


def main() -> int:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        print("network namespaces want root and iproute2", file=sys.stderr)
        return 2
    guard = Guardian()
    folder = Path(tempfile.mkdtemp(prefix="megahub-hosts-"))
    guard.remove_afterwards(folder)
    started: list[subprocess.Popen[bytes]] = []
    try:
        with network.machines():
            return _run(folder, guard, started)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in reversed(started):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        if os.environ.get("KEEP_LOGS"):
            Path(os.environ["KEEP_LOGS"]).mkdir(parents=True, exist_ok=True)
            for log in folder.glob("*.log"):
                shutil.copy(log, os.environ["KEEP_LOGS"])
        guard.close()


def _run(folder: Path, guard: Guardian, started: list[subprocess.Popen[bytes]]) -> int:
    facts = _database(folder, started)
    environment = {
        **os.environ,
        "DATABASE_URL": facts["database"],
        "REDIS_URL": facts["broker"],
        "MEGAHUB_DATA": str(folder / "data"),
        "MEGAHUB_SECRET_KEY": secrets.token_urlsafe(48),
        "DJANGO_SETTINGS_MODULE": "bench.torture.settings",
        "MEGAHUB_LEASE_SECONDS": os.environ.get("LEASE") or "3",
        "MEGAHUB_SWEEP_SECONDS": "0.3",
        "MEGAHUB_STOP_GRACE_SECONDS": "1",
        "MEGAHUB_DEMO": "0",
        "PORT": PORT,
    }
    migrate = network.on("web", [sys.executable, "manage.py", "migrate", "-v0"])
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    for machine, kind in PROCESSES:
        with (folder / f"{machine}-{kind}.log").open("wb") as log:
            started.append(
                guard.spawn(
                    network.on(machine, [sys.executable, "manage.py", kind]),
                    env=environment, cwd=ROOT, output=log,
                )
            )  # fmt: skip
    # `ip netns exec` becomes the worker: by its number the trial knows whose leases are lost.
    environment["WORK1_PID"] = str(started[1 + PROCESSES.index(("work1", "worker"))].pid)
    inside = network.on("web", [sys.executable, "-m", "bench.hosts.trial"])
    return subprocess.run(inside, cwd=ROOT, env=environment, check=False).returncode


def _database(folder: Path, started: list[subprocess.Popen[bytes]]) -> dict[str, str]:
    process = subprocess.Popen(
        network.on("db", [sys.executable, "-m", "bench.hosts.database", str(folder)]),
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    started.append(process)
    assert process.stdout is not None
    facts: dict[str, str] = json.loads(process.stdout.readline())
    return facts


if __name__ == "__main__":
    sys.exit(main())
