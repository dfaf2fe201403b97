"""`one_hold_per_job` begins with the month: a second index of that costs every hold two entries."""

import django.db.models.deletion
from django.db import migrations, models

MONTH = "ai_providers_quotahold_use_id_e1cc01c8"


class Migration(migrations.Migration):
    dependencies = [("ai_providers", "0003_quota_notices")]
    operations = [
        # Django would check the foreign key of every row again.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX IF EXISTS {MONTH}",
                    f"CREATE INDEX IF NOT EXISTS {MONTH} "
                    "ON ai_providers_quotahold (use_id)",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="quotahold",
                    name="use",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holds",
                        to="ai_providers.quotause",
                    ),
                ),
            ],
        ),
    ]
