"""A job may begin running, where the process that takes it computes it at once."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ai_core", "0009_one_plan_a_claim")]
    operations = [
        migrations.RunSQL((SQL / "guard.sql").read_text(), migrations.RunSQL.noop),
    ]
