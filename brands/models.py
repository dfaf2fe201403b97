"""Brands, who belongs to them, and the keys that programs use."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from brands.audit.models import AuditEntry  # noqa: F401 - Django looks for models here
from brands.rights import GRANTABLE, Right
from brands.scoping import BrandScopedModel
from brands.sign_in.models import Guess, Identity, SecondFactor  # noqa: F401
from brands.timezones import validate_time_zone

SLUG = r"^[a-z][a-z0-9-]*\Z"


class Role(models.TextChoices):
    """What a member may do; each role may do what those before it may."""

    VIEWER = "viewer", _("Viewer")
    MEMBER = "member", _("Member")
    MANAGER = "manager", _("Manager")

    @property
    def right(self) -> Right:
        return {"viewer": Right.READ, "member": Right.WRITE, "manager": Right.MANAGE}[self.value]


class Brand(models.Model):
    """A tenant: everything in the hub belongs to exactly one."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    # Begins with a letter, so that `X-Brand: 12` can only mean an id.
    slug = models.SlugField(
        _("slug"),
        max_length=50,
        unique=True,
        validators=[RegexValidator(SLUG, _("Small letters, digits and hyphens, a letter first."))],
    )
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Paris", validators=[validate_time_zone]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, like EUR."))],
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z][a-z0-9-]*$"), name="brand_slug_is_a_word"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(BrandScopedModel):
    """A person's role in a brand."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "user"], name="one_membership_per_brand"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.brand} · {self.role}"


class ApiKey(BrandScopedModel):
    """A program's way in: acts as one user in one brand, no further than its right."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(_("name"), max_length=80)
    right = models.PositiveSmallIntegerField(
        _("right"), choices=[(right.value, right.label) for right in GRANTABLE], default=Right.WRITE
    )
    prefix = models.CharField(_("prefix"), max_length=10, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(right__in=[right.value for right in GRANTABLE]),
                name="api_key_right_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"mh_{self.prefix}_… · {self.name}"

    @property
    def scopes(self) -> list[str]:
        return Right(self.right).scopes

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class Reader(models.Model):
    """Up to when a person has seen the news of each brand: the bell counts what came later."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="reader"
    )
    seen = models.JSONField(default=dict)  # the brand's number, or "all" → a moment

    class Meta:
        verbose_name = _("reader")
        verbose_name_plural = _("readers")

    def __str__(self) -> str:
        return str(self.user)
