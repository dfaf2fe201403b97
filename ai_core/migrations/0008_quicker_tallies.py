"""The statements that count jobs, planned once."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ai_core", "0007_more_list_indexes")]
    operations = [
        # A brand's slots lie between all others': by time alone, twelve times as many are read.
        migrations.RemoveIndex(model_name="jobslot", name="slot_by_time"),
        migrations.RunSQL(
            (SQL / "tally.sql").read_text(),
            "DROP FUNCTION IF EXISTS ai_core_job_days(ai_core_aijob, timestamptz, text)",
        ),
    ]
