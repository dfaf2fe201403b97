"""What lists look up besides a brand's newest jobs: words, kinds, bad ends, tags."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ai_core", "0002_guard")]
    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="aijob",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    models.F("description"), name="gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(models.F("job_id"), name="gin_trgm_ops"),
                name="job_search",
                condition=models.Q(("deleted_at__isnull", True)),
            ),
        ),
        migrations.AddIndex(
            model_name="aijob",
            index=models.Index(
                models.F("brand"),
                models.F("job_type"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="job_brand_type_newest",
                condition=models.Q(("deleted_at__isnull", True)),
            ),
        ),
        migrations.AddIndex(
            model_name="aijob",
            index=models.Index(
                models.F("brand"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="job_ended_badly",
                condition=models.Q(
                    ("deleted_at__isnull", True),
                    ("status__in", ["failed", "timeout", "cancelled"]),
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="aijob",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("tags"),
                name="job_tags",
                condition=models.Q(("deleted_at__isnull", True)),
            ),
        ),
    ]
