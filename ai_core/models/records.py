"""What a job leaves behind while it runs: events, log lines, stages, metrics.

None of them carries a brand: it is the job's, so a record of one brand cannot point at a job of
another, and `for_brand` goes through the job.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ai_core.statuses import FINAL
from brands.scoping import ThroughJobQuerySet


class EventType(models.TextChoices):
    STATUS = "status", _("Status")
    ATTEMPT = "attempt", _("Attempt")
    METRICS = "metrics", _("Metrics")
    WARNING = "warning", _("Warning")
    ERROR = "error", _("Error")
    INFO = "info", _("Info")
    CHECKPOINT = "checkpoint", _("Checkpoint")
    ARTIFACT = "artifact", _("Artifact")


class LogLevel(models.TextChoices):
    DEBUG = "debug", _("Debug")
    INFO = "info", _("Info")
    WARNING = "warning", _("Warning")
    ERROR = "error", _("Error")


class JobEvent(models.Model):
    """What happened to a job. The database itself writes the status events (see migrations)."""

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="events", db_index=False
    )
    at = models.DateTimeField()
    type = models.CharField(max_length=12, choices=EventType)
    attempt = models.PositiveIntegerField(default=0)
    old_status = models.CharField(max_length=10, blank=True)
    new_status = models.CharField(max_length=10, blank=True)
    message = models.TextField(blank=True)
    payload = models.JSONField(default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            # The event log of one job, oldest first, from a cursor.
            models.Index(fields=["job", "id"], name="event_job_cursor"),
            # The ends of jobs in the order in which they are folded (see `tally`).
            models.Index(
                fields=["id"],
                name="event_final",
                condition=models.Q(type="status", new_status__in=sorted(FINAL)),
            ),
        ]
        constraints: ClassVar = [
            # "Finished twice" cannot be stored.
            models.UniqueConstraint(
                fields=["job"],
                condition=models.Q(type="status", new_status__in=sorted(FINAL)),
                name="one_final_event_per_job",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} of job {self.job_id}"


class JobLog(models.Model):
    """One line of a job's log.

    An attempt numbers its own lines, so that writing a batch again does no harm; lines from
    elsewhere (a service call, a webhook) have no number.
    """

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="logs", db_index=False
    )
    attempt = models.PositiveIntegerField()
    number = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    level = models.CharField(max_length=7, choices=LogLevel)
    stage = models.CharField(max_length=40, blank=True)
    message = models.TextField()

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            # The log of one job, oldest first, from a cursor.
            models.Index(fields=["job", "id"], name="log_job_cursor"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["job", "attempt", "number"], name="log_line_in_its_place"
            ),
        ]

    def __str__(self) -> str:
        return self.message[:80]


class JobStage(models.Model):
    """A step of the work, as the job's type names them."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACTIVE = "active", _("Active")
        COMPLETED = "completed", _("Done")
        FAILED = "failed", _("Failed")
        RECOVERING = "recovering", _("Recovering")

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="stages", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    substatus = models.CharField(max_length=200, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "name"], name="stage_once_per_job"),
        ]

    def __str__(self) -> str:
        return self.name


class JobMetric(models.Model):
    """The figures of one step. A step that is reported twice keeps the later figures."""

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="metrics", db_index=False
    )
    step = models.PositiveBigIntegerField()
    attempt = models.PositiveIntegerField(default=0)
    epoch = models.FloatField(null=True)
    at = models.DateTimeField()
    values = models.JSONField(default=dict)

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["step"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "step"], name="metric_step_once_per_job"),
        ]

    def __str__(self) -> str:
        return f"step {self.step} of job {self.job_id}"
