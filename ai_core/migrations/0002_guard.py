"""The rules that the database itself holds: legal moves, timestamps, events, one brand, claims."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"

UNDO = """
DROP TRIGGER IF EXISTS job_guard ON ai_core_aijob;
DROP TRIGGER IF EXISTS job_born ON ai_core_aijob;
DROP TRIGGER IF EXISTS job_tell_born ON ai_core_aijob;
DROP TRIGGER IF EXISTS job_tell ON ai_core_aijob;
DROP FUNCTION IF EXISTS ai_core_job_guard, ai_core_job_born, ai_core_job_tell;
ALTER TABLE ai_core_aijob DROP CONSTRAINT IF EXISTS job_release_same_brand;
ALTER TABLE ai_core_aijob RESET (fillfactor, autovacuum_vacuum_scale_factor);
"""


class Migration(migrations.Migration):
    dependencies = [("ai_core", "0001_initial")]
    operations = [
        migrations.RunSQL((SQL / "guard.sql").read_text(), UNDO),
        migrations.RunSQL(
            (SQL / "claim.sql").read_text(), "DROP FUNCTION IF EXISTS ai_core_claim"
        ),
    ]
