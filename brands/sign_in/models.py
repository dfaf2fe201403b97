"""Guesses that are counted, the second factor of a person, and who they are elsewhere."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Guess(models.Model):
    """How often a place has guessed since when; `place` is a digest."""

    place = models.CharField(max_length=64, primary_key=True)
    tries = models.PositiveIntegerField()
    since = models.DateTimeField()

    class Meta:
        app_label = "brands"
        indexes: ClassVar = [models.Index(fields=["since"], name="guess_since")]

    def __str__(self) -> str:
        return f"{self.tries} since {self.since}"


class SecondFactor(models.Model):
    """A secret that a person's phone shares with us, sealed, and codes for when it is lost."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="second_factor",
    )
    sealed = models.TextField(editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    # A code counts once: the last half minute that was used.
    last_step = models.BigIntegerField(default=0, editable=False)
    recovery = models.JSONField(default=list, editable=False)  # digests of what is left

    class Meta:
        app_label = "brands"
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return str(self.user)


class Identity(models.Model):
    """Who somebody is to an OpenID Connect provider: the way in without a password of ours."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities"
    )
    issuer = models.CharField(_("issuer"), max_length=255)
    subject = models.CharField(_("subject"), max_length=255)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        app_label = "brands"
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="an_identity_is_one_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.issuer}"
