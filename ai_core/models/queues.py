"""Queues: how many jobs of a kind run at once, for all brands together."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Queue(models.Model):
    """A line that jobs wait in. Brands share it fairly; its limit can change while it runs."""

    name = models.SlugField(_("name"), max_length=50, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    concurrency_limit = models.PositiveIntegerField(
        _("concurrency limit"),
        null=True,
        blank=True,
        help_text=_("How many jobs may run at once; empty: as many as the workers have room for."),
    )
    is_paused = models.BooleanField(
        _("paused"), default=False, help_text=_("A paused queue starts nothing new.")
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("queue")
        verbose_name_plural = _("queues")

    def __str__(self) -> str:
        return self.name
