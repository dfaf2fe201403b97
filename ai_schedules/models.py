"""Schedules, and what became of each of their ticks."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ai_core.statuses import Priority
from brands.scoping import BrandScopedModel


class Schedule(BrandScopedModel):
    """A job that is made again and again. `next_at` is its next tick."""

    class Missed(models.TextChoices):
        """What becomes of ticks that passed while no sweeper ran."""

        SKIP = "skip", _("Leave them out")
        ONCE = "once", _("Make up for them with one job")
        ALL = "all", _("Make up for each, up to a number")

    class Overlap(models.TextChoices):
        """What becomes of a tick while the job before it still runs."""

        ALLOW = "allow", _("Start another one beside it")
        SKIP = "skip", _("Leave this time out")
        WAIT = "wait", _("Wait until it is over")

    class Paused(models.TextChoices):
        NOT = "", _("not paused")
        BY_HAND = "by_hand", _("paused by hand")
        FAILURES = "failures", _("it failed too often to make its job")
        OWNER_LEFT = "owner_left", _("its owner no longer belongs to the brand")

    name = models.CharField(_("name"), max_length=120)
    cron = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64)
    job_type = models.ForeignKey(
        "ai_core.AIJobType", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    input_data = models.JSONField(default=dict)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    description = models.CharField(max_length=500, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    missed = models.CharField(max_length=10, choices=Missed, default=Missed.SKIP)
    most_missed = models.PositiveSmallIntegerField(default=10)
    overlap = models.CharField(max_length=10, choices=Overlap, default=Overlap.SKIP)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    paused = models.CharField(max_length=10, choices=Paused, default=Paused.NOT, blank=True)
    paused_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    last_failure = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="schedule_name_in_brand"),
            models.UniqueConstraint(fields=["brand", "id"], name="schedule_in_brand"),
            models.CheckConstraint(
                condition=Q(most_missed__range=(1, 100)), name="schedule_most_missed_in_range"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], name="schedule_due", condition=Q(paused="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return not self.paused


class Tick(BrandScopedModel):
    """One moment of a schedule, and what became of it; the database knows each only once."""

    class Became(models.TextChoices):
        MADE = "made", _("Job made")
        WAITING = "waiting", _("Waits for the one before")
        SKIPPED = "skipped", _("Left out")
        FAILED = "failed", _("No job could be made")

    schedule = models.ForeignKey(
        Schedule, on_delete=models.CASCADE, related_name="ticks", db_index=False
    )
    at = models.DateTimeField()
    became = models.CharField(max_length=10, choices=Became)
    why = models.CharField(max_length=500, blank=True)
    missed = models.PositiveIntegerField(default=0)  # ticks that this row stands for besides
    by_hand = models.BooleanField(default=False)
    job = models.OneToOneField(
        "ai_core.AIJob", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    noted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schedule", "at"], name="tick_happens_once"),
            models.CheckConstraint(
                condition=Q(became="made") | Q(job__isnull=True), name="tick_job_only_if_made"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["schedule"], name="tick_waits", condition=Q(became="waiting")),
            models.Index(fields=["noted_at"], name="tick_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.at:%Y-%m-%d %H:%M}"
