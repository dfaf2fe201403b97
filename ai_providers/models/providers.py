"""A provider: an account of a brand with someone who computes answers."""

import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel

NAME = r"^[a-z0-9][a-z0-9._-]*\Z"


class KindName(models.TextChoices):
    OPENAI = "openai", "OpenAI"
    ANTHROPIC = "anthropic", "Anthropic"
    COMPATIBLE = "openai_compatible", _("OpenAI-compatible")
    LOCAL = "local", _("Local")


class Provider(BrandScopedModel):
    """Its key is sealed (`credentials`) and comes back as its last four characters only."""

    # Bound into the sealed key, so that a row copied elsewhere opens nothing.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(
        _("name"),
        max_length=60,
        validators=[RegexValidator(NAME, _("Small letters, digits, dots and hyphens."))],
    )
    kind = models.CharField(_("kind"), max_length=20, choices=KindName)
    base_url = models.CharField(_("base URL"), max_length=500, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    model_names = models.JSONField(
        _("models"), default=list, blank=True, help_text=_("Empty: any, as provider/model.")
    )
    position = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("Of several that have a model, the lowest is asked.")
    )
    max_concurrency = models.PositiveIntegerField(_("calls at once"), null=True, blank=True)
    requests_per_minute = models.PositiveIntegerField(_("calls a minute"), null=True, blank=True)
    sealed_key = models.TextField(blank=True, editable=False)
    key_last4 = models.CharField(_("key ends with"), max_length=4, blank=True, editable=False)
    key_changed_at = models.DateTimeField(null=True, editable=False)
    checked_at = models.DateTimeField(_("last checked"), null=True, editable=False)
    check_ok = models.BooleanField(_("worked"), null=True, editable=False)
    check_says = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["position", "name", "id"]
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="provider_name_in_brand"),
            # What composite foreign keys point at: a quota and its provider share a brand.
            models.UniqueConstraint(fields=["brand", "id"], name="provider_in_brand"),
            models.CheckConstraint(
                condition=models.Q(kind__in=KindName.values), name="provider_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_kind_display()}"

    def __repr__(self) -> str:
        return f"<Provider {self.pk} {self.name}>"
