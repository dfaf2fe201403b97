"""A job as one plain row: no events, no triggers, no history."""

from django.conf import settings
from django.db import models


class PeerJob(models.Model):
    job_type = models.ForeignKey("ai_core.AIJobType", on_delete=models.CASCADE)
    brand = models.ForeignKey("brands.Brand", on_delete=models.CASCADE)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    status = models.CharField(max_length=10, default="pending", db_index=True)
    priority = models.CharField(max_length=10, default="normal")
    progress_percentage = models.SmallIntegerField(default=0)
    description = models.CharField(max_length=500, blank=True)
    input_data = models.JSONField(default=dict)
    result_data = models.JSONField(null=True)
    error_message = models.TextField(blank=True)
    is_async = models.BooleanField(default=True)
    task_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "peer"

    def __str__(self) -> str:
        return self.description
