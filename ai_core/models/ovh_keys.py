"""Keys of OVH's API clients: who a signed request is, and what its signature is checked with."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from brands.rights import GRANTABLE, Right
from brands.scoping import BrandScopedModel


class OvhKey(BrandScopedModel):
    """An application key with its secret and consumer key; acts as one user in one brand."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    right = models.PositiveSmallIntegerField(
        _("right"), choices=[(right.value, right.label) for right in GRANTABLE], default=Right.WRITE
    )
    application_key = models.CharField(max_length=16, unique=True, editable=False)
    # A signature can only be checked with the secret itself: sealed, not hashed.
    sealed_secret = models.TextField(editable=False)
    consumer_digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name = _("OVH key")
        verbose_name_plural = _("OVH keys")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(right__in=[right.value for right in GRANTABLE]),
                name="ovh_key_right_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_key} · {self.name}"

    @property
    def prefix(self) -> str:
        """What the audit trail may show of it, as of every key."""
        return self.application_key

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
