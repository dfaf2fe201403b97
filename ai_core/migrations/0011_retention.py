"""Each of the two migrations locks one table that is in use: both at once could meet in a deadlock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ai_core", "0010_born_running")]
    operations = [
        migrations.AddField(
            model_name="aijobdata",
            name="removed",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
