"""What ends attempts is planned once a session, and returns the jobs it has ended."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ai_core", "0011_retention")]
    operations = [
        migrations.RunSQL(
            (SQL / "settle.sql").read_text(), "DROP FUNCTION IF EXISTS ai_core_settle"
        )
    ]
