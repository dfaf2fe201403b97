"""`python -m bench.torture.without_fence worker`: a hub whose statements have lost their fence.

The negative control of the zombie test. What the product looks like without the token is made
here, by cutting it out of the statements; nothing in the product can switch it off.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.torture.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from ai_core.execution import heart, journal_sql, late_writes, statements  # noqa: E402


def cut_fences() -> None:
    # A settle by id alone, as several well-known queues do it; the result goes with it.
    text = (settings.BASE_DIR / "ai_core/sql/settle.sql").read_text()
    fence = " AND j.lease_token IS NOT DISTINCT FROM x.token AND x.token IS NOT NULL"
    assert fence in text, f"settle.sql has changed: {fence!r} is not in it"
    with connection.cursor() as cursor:
        cursor.execute(text.replace(fence, "").replace("ai_core_settle", "unfenced_settle"))
    statements._SETTLE = statements._SETTLE.replace("ai_core_settle", "unfenced_settle")
    journal_sql._LINES = journal_sql._LINES.replace(
        journal_sql._FENCE, "JOIN ai_core_aijob j ON j.id = x.job AND (%s > 0)"
    )
    late_writes._USAGE = (
        "WITH mine AS (SELECT id, status FROM ai_core_aijob"
        " WHERE id = %s AND (%s::uuid, %s::uuid, %s) IS NOT NULL)"
        " UPDATE ai_core_aijobdata d SET usage = d.usage || %s::jsonb"
        " FROM mine WHERE d.job_id = mine.id RETURNING mine.status"
    )
    heart.Heart._obey = lambda *_: None  # type: ignore[method-assign]
    heart.Heart._distrust = lambda _: None  # type: ignore[method-assign]


if __name__ == "__main__":
    cut_fences()
    call_command(sys.argv[1])
