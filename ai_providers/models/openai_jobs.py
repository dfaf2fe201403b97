"""The facts of a job that asked a language model, one row a job (requirement HUB-18)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.scoping import ThroughJobQuerySet


class OpenAIJob(models.Model):
    job = models.OneToOneField(
        "ai_core.AIJob", on_delete=models.CASCADE, primary_key=True, related_name="openai_job"
    )
    model = models.CharField(_("model"), max_length=200, blank=True)
    temperature = models.FloatField(_("temperature"), null=True)
    max_tokens = models.PositiveIntegerField(_("most tokens"), null=True)
    prompt_tokens = models.PositiveIntegerField(_("prompt tokens"), null=True)
    completion_tokens = models.PositiveIntegerField(_("completion tokens"), null=True)
    total_tokens = models.PositiveIntegerField(_("tokens"), null=True)
    finish_reason = models.CharField(_("finish reason"), max_length=30, blank=True)
    response_id = models.CharField(_("response id"), max_length=120, blank=True)

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("OpenAI job")
        verbose_name_plural = _("OpenAI jobs")
        ordering: ClassVar = ["-job"]

    def __str__(self) -> str:
        return f"{self.model} for job {self.job_id}"
