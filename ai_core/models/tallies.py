"""The sums of jobs that are over: only `ai_core.tally` writes and reads them."""

from typing import ClassVar

from django.db import models

from brands.scoping import BrandScopedModel


class JobPile(BrandScopedModel):
    """How many jobs that are over are alike in all that is counted."""

    job_type = models.ForeignKey(
        "ai_core.AIJobType", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(max_length=10)
    priority = models.SmallIntegerField()
    jobs = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand", "job_type", "status", "priority"], name="one_pile_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jobs} {self.status}"


class JobSlot(BrandScopedModel):
    """Of the jobs that are over: how many were made, and ended how, in a quarter of an hour.

    Every time zone of today cuts its days at one of these slots.
    """

    slot = models.DateTimeField()
    made = models.BigIntegerField(default=0)
    completed = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    timeout = models.BigIntegerField(default=0)
    cancelled = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "slot"], name="one_slot_of_a_brand"),
        ]

    def __str__(self) -> str:
        return f"{self.slot:%Y-%m-%d %H:%M}"


class TallyMark(models.Model):
    """Up to which event the ends of jobs are in the sums. One row, or none before the first."""

    until = models.BigIntegerField()

    def __str__(self) -> str:
        return f"until event {self.until}"
