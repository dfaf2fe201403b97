"""Each index costs every job two entries, at its birth and at its end: two that nobody needs go.

Few jobs come from a release: `job_release` has only those. And nobody looks for the beginning of
a `job_id` by LIKE: a whole one has its unique index, a part of one the index of the search.
"""

import django.db.models.deletion
from django.db import migrations, models

RELEASE = "ai_core_aijob_release_id_f5e16609"
BEGINNING = "ai_core_aijob_job_id_d4f787f1_like"


def dropped(name: str, again: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"DROP INDEX IF EXISTS {name}",
        f"CREATE INDEX IF NOT EXISTS {name} ON ai_core_aijob ({again})",
    )


class Migration(migrations.Migration):
    dependencies = [("ai_core", "0014_jobs_of_a_release")]
    operations = [
        # Django would check the foreign key of every row again.
        migrations.SeparateDatabaseAndState(
            database_operations=[dropped(RELEASE, "release_id")],
            state_operations=[
                migrations.AlterField(
                    model_name="aijob",
                    name="release",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="ai_core.release",
                    ),
                ),
            ],
        ),
        dropped(BEGINNING, "job_id varchar_pattern_ops"),
    ]
