"""Job types: what can be asked for, and how it is executed."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.TextChoices):
    CHAT = "chat", _("Chat")
    ASSISTANT = "assistant", _("Assistant")
    UPLOAD = "upload", _("Upload")
    ANALYSIS = "analysis", _("Analysis")
    GENERATION = "generation", _("Generation")
    TRAINING = "training", _("Training")


class AIJobType(models.Model):
    """A kind of job. Code brings its own types along; an admin may change how they run."""

    name = models.SlugField(_("name"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=300)
    category = models.CharField(_("category"), max_length=12, choices=Category)
    estimated_duration_seconds = models.PositiveIntegerField(
        _("estimated duration (seconds)"), default=10
    )
    requires_async = models.BooleanField(_("asynchronous"), default=True)

    executor = models.CharField(_("executor"), max_length=60)
    queue = models.ForeignKey("ai_core.Queue", on_delete=models.PROTECT, verbose_name=_("queue"))
    timeout_seconds = models.PositiveIntegerField(_("time-out (seconds)"), default=300)
    max_failures = models.PositiveSmallIntegerField(
        _("failed attempts allowed"),
        default=3,
        help_text=_("A job fails for good after so many failures that were worth retrying."),
    )
    max_losses = models.PositiveSmallIntegerField(
        _("lost attempts allowed"),
        default=3,
        help_text=_("A job fails for good when its worker has died under it so many times."),
    )
    retry_seconds = models.PositiveIntegerField(
        _("first back-off (seconds)"), default=5, help_text=_("Doubled after each failure.")
    )
    stages = models.JSONField(_("stages"), default=list, blank=True)
    input_schema = models.JSONField(_("input schema"), default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    changed_by_admin = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("Then an upgrade leaves queue, time-out and budgets as the admin set them."),
    )

    # Of which versions of its own row and its queue's this object was made (ai_core.catalogue).
    versions: tuple[str, str] = ("", "")

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("job type")
        verbose_name_plural = _("job types")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(category__in=Category.values), name="job_type_category_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
