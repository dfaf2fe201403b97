"""The sums of jobs that are over, and the statements that count with them."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("ai_core", "0005_saved_views"),
        ("brands", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="JobPile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("status", models.CharField(max_length=10)),
                ("priority", models.SmallIntegerField()),
                ("jobs", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="JobSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", models.DateTimeField()),
                ("made", models.BigIntegerField(default=0)),
                ("completed", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("timeout", models.BigIntegerField(default=0)),
                ("cancelled", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="TallyMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.BigIntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="jobevent",
            index=models.Index(
                condition=models.Q(
                    ("new_status__in", ["cancelled", "completed", "failed", "timeout"]),
                    ("type", "status"),
                ),
                fields=["id"],
                name="event_final",
            ),
        ),
        migrations.AddField(
            model_name="jobpile",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"
            ),
        ),
        migrations.AddField(
            model_name="jobpile",
            name="job_type",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ai_core.aijobtype",
            ),
        ),
        migrations.AddField(
            model_name="jobslot",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"
            ),
        ),
        migrations.AddConstraint(
            model_name="jobpile",
            constraint=models.UniqueConstraint(
                fields=("brand", "job_type", "status", "priority"), name="one_pile_of_a_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="jobslot",
            index=models.Index(fields=["slot"], name="slot_by_time"),
        ),
        migrations.AddConstraint(
            model_name="jobslot",
            constraint=models.UniqueConstraint(
                fields=("brand", "slot"), name="one_slot_of_a_brand"
            ),
        ),
        migrations.RunSQL(
            (SQL / "tally.sql").read_text(),
            "DROP FUNCTION IF EXISTS ai_core_tally, ai_core_days, ai_core_slot",
        ),
    ]
