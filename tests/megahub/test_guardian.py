"""A guardian stops and removes what its owner leaves, however the owner ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from megahub.guardian import Guardian
from tests.megahub.hub_process import ROOT

SECONDS = 20
OWNER = """
import sys, time
from pathlib import Path
from megahub.guardian import Guardian
guard = Guardian()
guard.remove_afterwards(Path(sys.argv[1]))
ignores_term = ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]
print(guard.spawn(["sleep", "60"]).pid, guard.spawn(ignores_term).pid, flush=True)
time.sleep(60)
"""


def is_alive(pid):
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def until(holds):
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_an_owner_that_is_killed_leaves_neither_process_nor_folder(tmp_path, number):
    folder = tmp_path / "owned"
    folder.mkdir()
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    assert all(map(is_alive, pids))
    owner.send_signal(number)
    owner.wait(SECONDS)
    until(lambda: not any(map(is_alive, pids)) and not folder.exists())


def test_a_child_whose_owner_was_killed_before_telling_never_begins(tmp_path):
    """The gate: without its first line the command is not run."""
    mark = tmp_path / "ran"
    from megahub.guardian import GATE

    done = subprocess.run(
        ["/bin/sh", "-c", GATE, "sh", "touch", mark], stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode != 0
    assert not mark.exists()


def test_a_forgotten_process_is_left_alone():
    guard = Guardian()
    process = guard.spawn(["sleep", "60"])
    guard.forget(process)
    guard.close()
    assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_killed_test_run_leaves_no_service_and_no_folder(tmp_path):
    """pytest itself, with the services plugin, stopped in the middle of a test."""
    file = tmp_path / "test_waits.py"
    told = tmp_path / "told"
    file.write_text(
        "import os, pathlib, time\n"
        "def test_waits():\n"
        f"    pathlib.Path({str(told)!r}).write_text(os.environ['MEGAHUB_DATA'])\n"
        "    time.sleep(60)\n"
    )
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    run = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "tests.services",
            "--rootdir",
            str(ROOT),
            "-c",
            str(ROOT / "pyproject.toml"),
            str(file),
        ],
        cwd=ROOT,
        env=kept,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 240
    while not (told.exists() and told.read_text()):
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    folder = Path(told.read_text()).parent
    postgres = int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    run.kill()
    run.wait(SECONDS)
    until(lambda: not is_alive(postgres) and not folder.exists())
