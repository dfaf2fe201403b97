"""Who is told what, and how it went: webhooks, messages, their deliveries, and people's wishes."""

from __future__ import annotations

import base64
import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from brands.scoping import BrandScopedModel, ThroughJobQuerySet


def new_message_id() -> str:
    return "msg_" + base64.b32encode(secrets.token_bytes(15)).decode().lower()


def _kinds() -> ArrayField:
    return ArrayField(models.CharField(max_length=40), default=list)


class Webhook(BrandScopedModel):
    """An address that is told what happens in a brand; `services` seal and change it."""

    class Shape(models.TextChoices):
        STANDARD = "standard", _("Standard Webhooks, signed")
        SLACK = "slack", _("Slack message")

    class Off(models.TextChoices):
        NOT = "", _("on")
        BY_HAND = "by_hand", _("switched off")
        GONE = "gone", _("it answered 410 Gone")
        FAILING = "failing", _("it failed for three days")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    shape = models.CharField(max_length=10, choices=Shape, default=Shape.STANDARD)
    language = models.CharField(max_length=10, default="en")  # of Slack messages
    kinds = _kinds()
    shown_address = models.CharField(max_length=500)  # of Slack's, which is a secret, only the host
    sealed_address = models.TextField()
    sealed_secret = models.TextField(blank=True)
    sealed_before = models.TextField(blank=True)  # signs too, until the rotation is over
    before_until = models.DateTimeField(null=True)
    off = models.CharField(max_length=10, choices=Off, default=Off.NOT, blank=True)
    off_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "name"], name="webhook_name_in_brand"),
            models.UniqueConstraint(fields=["brand", "id"], name="webhook_in_brand"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return not self.off


class Message(BrandScopedModel):
    """Something that happened, as it is told; written once, whoever hears of it and how often."""

    message_id = models.CharField(max_length=40, unique=True, default=new_message_id)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)  # the same for the same thing
    at = models.DateTimeField()
    job_number = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    text = models.TextField(blank=True)  # of the brand's notices; those of jobs follow from facts
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "key"], name="message_once_in_brand"),
            models.UniqueConstraint(fields=["brand", "id"], name="message_in_brand"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Delivery(BrandScopedModel):
    """A message on its way to one webhook or one person."""

    class State(models.TextChoices):
        WAITING = "waiting", _("On its way")
        DELIVERED = "delivered", _("Delivered")
        GIVEN_UP = "given_up", _("Given up")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, null=True, related_name="deliveries", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)  # also the fence of whoever delivers it
    attempts_before = models.PositiveIntegerField(default=0)  # those of earlier rounds
    due_at = models.DateTimeField()  # while it is being delivered: when its lease is over
    leased_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "webhook"], name="delivery_once_a_webhook"),
            models.UniqueConstraint(fields=["message", "user"], name="delivery_once_a_person"),
            models.CheckConstraint(
                condition=Q(webhook__isnull=True) ^ Q(user__isnull=True),
                name="delivery_goes_to_one",
            ),
            models.CheckConstraint(
                condition=Q(state="delivered", delivered_at__isnull=False) | ~Q(state="delivered"),
                name="delivery_done_has_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["webhook", "due_at"], name="delivery_due_webhook",
                         condition=Q(state="waiting", webhook__isnull=False)),
            models.Index(fields=["user", "due_at"], name="delivery_due_person",
                         condition=Q(state="waiting", user__isnull=False)),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(fields=["user", "-delivered_at"], name="delivery_of_person",
                         condition=Q(user__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.message_id} → {self.webhook_id or self.user_id}"


class Attempt(models.Model):
    """One try to deliver: what came back, and how long it took."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    seconds = models.FloatField()
    status = models.PositiveSmallIntegerField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=500, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} #{self.number}"

    @property
    def is_ok(self) -> bool:
        return not self.error_code


class Preference(models.Model):
    """What a person wants to be told, and where; who has none hears what is usual."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    mail_kinds = _kinds()
    page_kinds = _kinds()
    language = models.CharField(max_length=10, default="en")

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return str(self.user)


class Watch(models.Model):
    """What a person wants to be told of one job, whatever their preferences say."""

    class Choice(models.TextChoices):
        ALWAYS = "always", _("always")
        FAILURE = "failure", _("when something goes wrong")
        NEVER = "never", _("never")

    job = models.ForeignKey(
        "ai_core.AIJob", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    choice = models.CharField(max_length=10, choices=Choice)

    objects = ThroughJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "user"], name="watch_once_a_person"),
            models.CheckConstraint(
                condition=Q(choice__in=["always", "failure", "never"]), name="watch_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.job_id} · {self.choice}"


class Bookmark(models.Model):
    """Up to which event the journal of jobs has been read: one row for the whole hub."""

    event = models.BigIntegerField()

    class Meta:
        verbose_name = _("bookmark")
        verbose_name_plural = _("bookmarks")

    def __str__(self) -> str:
        return str(self.event)
