"""The real front for browser tests: `manage.py web`, its streams and its hashed static files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.ai_core.streams.server import ROOT, WebProcess

SETTINGS = "tests.browser.front_settings"
STATIC = "MEGAHUB_TEST_STATIC"


def gather(folder: Path) -> None:
    """Lay out the static files as `make run` does, in a folder of the tests' own."""
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, STATIC: str(folder), "DJANGO_SETTINGS_MODULE": SETTINGS},
        check=True,
        timeout=300,
    )


def serve(folder: Path, static: Path) -> WebProcess:
    return WebProcess(folder, **{STATIC: str(static), "DJANGO_SETTINGS_MODULE": SETTINGS})
