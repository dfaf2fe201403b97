"""Tests of an extra: collected where it is installed; elsewhere the summary says what was left out.

They are not skipped tests: nobody who builds the hub could make them run without gigabytes.
"""

from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("torch", "transformers", "peft")
TESTS = ROOT / "tests" / "ai_training" / "outside" / "test_lora.py"


def missing() -> list[str]:
    return [name for name in NEEDED if find_spec(name) is None]


def pytest_ignore_collect(collection_path, config):
    return True if collection_path == TESTS and missing() else None


def pytest_terminal_summary(terminalreporter):
    if absent := missing():
        terminalreporter.write_line(
            f"Left out: {TESTS.relative_to(ROOT)} trains a real LoRA adapter and needs the extra "
            f"`training` (missing: {', '.join(absent)}). `make test-training` installs it and runs "
            "them."
        )
