"""The command in a process of its own, without site-packages, against a server of the test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-S", "-m", "megahub.client"]  # -S: nothing but the standard library
SECONDS = 30


@pytest.fixture
def registered(transactional_db: None) -> None:
    """Job types, in a database that a server's threads see."""
    from ai_core.execution import registry

    registry.sync()


@pytest.fixture
def environment(registered: None, live_server: Any, people: Any, tmp_path: Path) -> dict[str, str]:
    from tests import factories

    return {
        "PATH": os.environ["PATH"],
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "MEGAHUB_URL": live_server.url,
        "MEGAHUB_API_KEY": factories.make_key(people.owner, people.brand).token,
        "TZ": "UTC",
        "NO_PROXY": "*",
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Callable[..., subprocess.Popen[str]]:
    """`start("jobs", "list")` → the running process."""

    def begin(*words: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *words],
            cwd=ROOT,
            env={**environment, **more},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


@pytest.fixture
def run(start: Any) -> Callable[..., tuple[int, str, str]]:
    """`run("jobs", "list")` → exit code, stdout, stderr."""

    def finish(*words: str, given: str = "", **more: str) -> tuple[int, str, str]:
        process = start(*words, **more)
        out, err = process.communicate(given, timeout=SECONDS)
        return process.returncode, out, err

    return finish
