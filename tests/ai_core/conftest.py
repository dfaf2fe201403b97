"""What the tests of the core start from: the tests' own executors, and their job types."""

import importlib
import multiprocessing.forkserver
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ai_core.processes import Fleet


@pytest.fixture
def executors() -> Iterator[None]:
    """The tests' own executors, in this process and for this test only."""
    from ai_core.execution import registry

    kept = dict(registry._executors), dict(registry._types)
    first = "tests.executors.ai_extension" not in sys.modules
    extension = importlib.import_module("tests.executors.ai_extension")
    if not first:
        extension.offer()
    yield
    registry._executors, registry._types = kept


@pytest.fixture
def forks_with_executors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Children of this process know the tests' executors: they are forked off a fresh server."""
    server = multiprocessing.forkserver._forkserver
    server._stop()
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings_with_executors")
    yield
    server._stop()


@pytest.fixture
def synced(db: None, executors: None) -> None:
    """Rows for every job type, in a transaction that is rolled back."""
    from ai_core.execution import registry

    registry.sync()


@pytest.fixture
def committed(transactional_db: None, executors: None) -> None:
    """Rows for every job type, committed: for tests with several sessions or processes."""
    from ai_core.execution import registry

    registry.sync()


@pytest.fixture
def fleet(committed: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator["Fleet"]:
    """Starts real workers and sweepers on this test's database."""
    from tests.ai_core.processes import Fleet

    ours = Fleet(tmp_path)
    failures = request.session.testsfailed
    yield ours
    ours.close()
    if request.session.testsfailed > failures:
        print(ours.logs())
