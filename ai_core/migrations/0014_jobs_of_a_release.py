from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ai_core", "0013_retention_rules")]
    operations = [
        AddIndexConcurrently(
            model_name="aijob",
            index=models.Index(
                models.F("release"),
                name="job_release",
                condition=models.Q(("release__isnull", False)),
            ),
        ),
    ]
