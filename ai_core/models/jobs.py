"""AIJob: the record at the centre of the hub, kept narrow so that lists and claims stay fast."""

import base64
import secrets
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from ai_core.statuses import FINAL, FailureClass, JobStatus, Priority
from brands.models import Brand
from brands.scoping import AllBrands, BrandScopedModel, BrandScopedQuerySet


def new_job_id() -> str:
    """Return an id that nobody can guess: 128 random bits in lower-case base 32."""
    return "ai_job_" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


class AIJobQuerySet(BrandScopedQuerySet):
    def for_brand(self, scope: Brand | AllBrands | None) -> Self:
        """Narrow to a brand, and leave out what was deleted and waits to be purged."""
        return super().for_brand(scope).filter(deleted_at__isnull=True)

    def named(self, reference: str | int) -> Self:
        """Find by the number or by the `job_id`; anything else finds nothing."""
        text = str(reference)
        if text.isascii() and text.isdigit() and len(text) < 19:
            return self.filter(pk=int(text))
        return self.filter(job_id=text)


class AIJob(BrandScopedModel):
    """A job. Only `lifecycle` and `execution` write its status, by guarded statements."""

    # ---------------------------------------------------------------- what it is
    job_id = models.CharField(max_length=40, unique=True, default=new_job_id, editable=False)
    job_type = models.ForeignKey(
        "ai_core.AIJobType", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    release = models.ForeignKey(
        "ai_core.Release", on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs",
        db_index=False,
    )  # fmt: skip
    origin = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="followers", db_index=False
    )
    origin_kind = models.CharField(max_length=8, blank=True)  # retry or restart
    description = models.CharField(_("description"), max_length=500, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_async = models.BooleanField(default=True)
    task_id = models.CharField(max_length=40, blank=True)

    # ---------------------------------------------------------------- how it goes
    status = models.CharField(max_length=10, choices=JobStatus, default=JobStatus.PENDING)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    progress_percentage = models.SmallIntegerField(default=0)
    stage = models.CharField(max_length=40, blank=True)
    substatus = models.CharField(max_length=200, blank=True)
    error_message = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    failure_class = models.CharField(max_length=16, choices=FailureClass, blank=True)
    cancel_reason = models.CharField(max_length=40, blank=True)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    # ---------------------------------------------------------------- when and where it runs
    queue = models.ForeignKey(
        "ai_core.Queue", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    queue_rank = models.SmallIntegerField(default=0)  # below zero: promoted
    run_after = models.DateTimeField(null=True)
    due = models.BooleanField(default=True)  # run_after has come; the sweeper sets it
    waits_for = models.CharField(max_length=40, blank=True)  # what an extension parked it for
    timeout_seconds = models.PositiveIntegerField()
    deadline_at = models.DateTimeField(null=True)
    stop_requested = models.CharField(max_length=5, blank=True)  # pause
    checkpoint_at = models.DateTimeField(null=True)
    active_seconds = models.FloatField(default=0)  # run time of the attempts that have ended
    active_since = models.DateTimeField(null=True)

    # ---------------------------------------------------------------- who holds it
    attempt = models.PositiveIntegerField(default=0)  # the fence: +1 for every claim
    failures = models.PositiveSmallIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=120, blank=True)
    last_token = models.UUIDField(null=True)  # may still bring logs and files after a cancel
    stopping_until = models.DateTimeField(null=True)  # its slot is not free before

    objects = AIJobQuerySet.as_manager()  # type: ignore[misc]  # narrower than its base's

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes: ClassVar = [
            # Lists and keyset pages of a brand, newest first.
            models.Index(
                F("brand"),
                F("created_at").desc(),
                F("id").desc(),
                name="job_brand_newest",
                condition=Q(deleted_at__isnull=True),
            ),
            # The same for those who see every brand.
            models.Index(
                F("created_at").desc(),
                F("id").desc(),
                name="job_newest",
                condition=Q(deleted_at__isnull=True),
            ),
            # What could start now, in the order in which one brand's jobs start. Claims read the
            # head of each brand's part, so their cost does not grow with the backlog.
            models.Index(
                F("queue"),
                F("brand"),
                F("queue_rank"),
                F("priority").desc(),
                F("id"),
                name="job_runnable",
                condition=Q(due=True, lease_token__isnull=True, status__in=["pending", "running"]),
            ),
            # Scheduled, backing off: the sweeper makes them due.
            models.Index(
                F("run_after"),
                name="job_not_due",
                condition=Q(due=False, status__in=["pending", "running"]),
            ),
            # Slots in use. It names no time, so that renewing a lease stays a HOT update.
            models.Index(
                F("queue"),
                F("brand"),
                name="job_leased",
                condition=Q(lease_token__isnull=False),
            ),
            # Slots of jobs that were cancelled and have not stopped yet.
            models.Index(
                F("queue"), name="job_stopping", condition=Q(stopping_until__isnull=False)
            ),
            # Everything that is not over: tabs, counts, the queue page. By time, never by status
            # first: a guarded UPDATE would leave the primary key for it (design/performance.md).
            models.Index(
                F("brand"),
                F("created_at"),
                name="job_open",
                condition=Q(status__in=["draft", "pending", "running", "paused"]),
            ),
            # What is worth measuring a type's duration by.
            models.Index(
                F("job_type"),
                F("completed_at").desc(),
                name="job_type_ended",
                condition=Q(status="completed"),
            ),
            # Hidden jobs that wait to be purged.
            models.Index(
                F("deleted_at"), name="job_deleted", condition=Q(deleted_at__isnull=False)
            ),
            # What people search: a word anywhere in these two (ILIKE '%word%').
            GinIndex(
                OpClass(F("description"), name="gin_trgm_ops"),
                OpClass(F("job_id"), name="gin_trgm_ops"),
                name="job_search",
                condition=Q(deleted_at__isnull=True),
            ),
            # ?job_type= and ?category=, where a kind is rare among a brand's newest jobs.
            models.Index(
                F("brand"),
                F("job_type"),
                F("created_at").desc(),
                F("id").desc(),
                name="job_brand_type_newest",
                condition=Q(deleted_at__isnull=True),
            ),
            # The few that ended badly, among millions that did not. The status is only in the
            # condition, so no guarded UPDATE is drawn away from the primary key.
            models.Index(
                F("brand"),
                F("created_at").desc(),
                F("id").desc(),
                name="job_ended_badly",
                condition=Q(deleted_at__isnull=True, status__in=["failed", "timeout", "cancelled"]),
            ),
            # ?completed_at__gte=, and what ended in the last hour.
            models.Index(
                F("brand"),
                F("completed_at").desc(),
                name="job_brand_ended",
                condition=Q(completed_at__isnull=False),
            ),
            # Who was made by a release; few were.
            models.Index(F("release"), name="job_release", condition=Q(release__isnull=False)),
            # Who repeats a job; few do.
            models.Index(F("origin"), name="job_origin", condition=Q(origin__isnull=False)),
            # ?tags=
            GinIndex(F("tags"), name="job_tags", condition=Q(deleted_at__isnull=True)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=JobStatus.values), name="job_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(priority__in=Priority.values), name="job_priority_is_known"
            ),
            models.CheckConstraint(
                condition=Q(progress_percentage__range=(0, 100)), name="job_progress_in_range"
            ),
            models.CheckConstraint(
                condition=(
                    Q(status__in=sorted(FINAL), completed_at__isnull=False)
                    | (~Q(status__in=sorted(FINAL)) & Q(completed_at__isnull=True))
                ),
                name="job_final_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(lease_token__isnull=True)
                | Q(status="running", lease_expires_at__isnull=False),
                name="job_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(due=True) | Q(run_after__isnull=False), name="job_not_due_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.job_id

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


class AIJobData(models.Model):
    """The wide part of a job: what went in, what came out, and where to go on from."""

    job = models.OneToOneField(
        AIJob, on_delete=models.CASCADE, primary_key=True, related_name="data"
    )
    input_data = models.JSONField(default=dict)
    result_data = models.JSONField(null=True)
    result_attempt = models.PositiveIntegerField(null=True)
    checkpoint = models.JSONField(null=True)
    usage = models.JSONField(default=list)  # what the attempts say they used, paid or not
    cancel_notes = models.TextField(blank=True)
    # Content → when and why it was removed (ai_core.removal). The database fills it in, since
    # statements of a version before this one do not name it.
    removed = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        verbose_name = _("job data")
        verbose_name_plural = _("job data")

    def __str__(self) -> str:
        return f"data of job {self.job_id}"


class IdempotencyKey(BrandScopedModel):
    """A client's promise that a repeated request means the same job."""

    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    job = models.ForeignKey(AIJob, on_delete=models.CASCADE, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "key"], name="idempotency_key_in_brand"),
        ]

    def __str__(self) -> str:
        return self.key
