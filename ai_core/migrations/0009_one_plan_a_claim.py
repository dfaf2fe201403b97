"""A claim is planned once a session instead of each time."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ai_core", "0008_quicker_tallies")]
    operations = [migrations.RunSQL((SQL / "claim.sql").read_text(), migrations.RunSQL.noop)]
