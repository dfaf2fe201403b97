"""A short torture run; `make torture` is the long one."""

import os
import subprocess
import sys

import pytest

from tests.ai_core.processes import ROOT
from tests.megahub.hub_process import GIVEN


@pytest.mark.slow
def test_under_chaos_nothing_is_lost_doubled_or_forgotten():
    kept = {name: value for name, value in os.environ.items() if name not in GIVEN}
    run = subprocess.run(
        [sys.executable, "-m", "bench.torture"],
        cwd=ROOT,
        env={**kept, "JOBS": "150", "SECONDS": "12", "SEED": str(os.getpid())},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "nothing was broken" in run.stdout
