"""What a test has committed is gone before the next, and what the migrations made is back."""

from __future__ import annotations

import pytest
from django.db import connection

from ai_core.models import AIJobType, Queue
from tests import emptying, factories
from tests.ai_core.workbench import sql

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _ours():
    if not emptying._may_silence_triggers():
        pytest.skip("this database is emptied in Django's way")


def rows() -> dict[str, int]:
    """How many rows each table holds."""
    tables = connection.introspection.table_names()
    return {table: sql(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables}


def test_what_was_committed_goes_and_what_was_changed_comes_back():
    untouched = rows()
    types = list(AIJobType.objects.order_by("pk").values())
    factories.make_job(factories.make_user(), factories.make_brand())
    AIJobType.objects.update(timeout_seconds=7)
    Queue.objects.create(name="made-by-a-test")
    emptying._restore(None)
    assert rows() == untouched
    assert list(AIJobType.objects.order_by("pk").values()) == types
    assert untouched["ai_core_aijob"] == 0
    assert min(untouched[full] for full in ("auth_permission", "ai_core_aijobtype")) > 0


def test_a_large_table_gives_its_room_back():
    sql("INSERT INTO django_session SELECT md5(n::text), md5(n::text), now() "
        "FROM generate_series(1, 8000) n")  # fmt: skip
    assert sql("SELECT pg_relation_size('django_session')")[0][0] > emptying.LARGE_BYTES
    emptying._restore(None)
    assert sql("SELECT pg_relation_size('django_session')")[0][0] == 0
