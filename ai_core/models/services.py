"""Which processes of the hub are alive, as they say themselves."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceHeartbeat(models.Model):
    """One row for each worker and sweeper process; it is written every few seconds."""

    name = models.CharField(primary_key=True, max_length=120)
    kind = models.CharField(max_length=20)
    seen_at = models.DateTimeField()
    started_at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["kind", "name"]
        verbose_name = _("service")
        verbose_name_plural = _("services")

    def __str__(self) -> str:
        return self.name
