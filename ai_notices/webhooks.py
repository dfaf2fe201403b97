"""What a brand's managers do with webhooks: add, change, rotate, switch off and on, remove."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ai_core.outbound import BadUrl
from ai_core.outbound.addresses import literal, refusal
from ai_core.outbound.targets import operators_allow_list, parse
from ai_notices import kinds
from ai_notices.models import Delivery, Webhook
from brands import signatures
from brands.audit import trail
from brands.errors import DomainError, Invalid
from brands.models import Brand
from brands.sealing import CannotOpen, Secret, fernet, open_sealed, seal

OVERLAP = timedelta(hours=24)
MOST = 50  # of one brand
Shape = Webhook.Shape


class TooManyWebhooks(DomainError):
    """The brand has as many webhooks as it may have."""

    code, status = "TOO_MANY_WEBHOOKS", 409


class WebhookOff(DomainError):
    """The webhook is switched off: switch it on first."""

    code, status = "WEBHOOK_OFF", 409


@dataclass(frozen=True, slots=True)
class Made:
    """A webhook at the one moment when its secret is shown; Slack's have none."""

    webhook: Webhook
    secret: Secret


def add(brand: Brand, *, user: Any, address: str, **wanted: Any) -> Made:
    if Webhook.objects.for_brand(brand).count() >= MOST:
        raise TooManyWebhooks(
            _("A brand has at most %(most)s webhooks. Remove one first.") % {"most": MOST}
        )
    hook = Webhook(brand=brand, created_by=user, **wanted)
    _seal_address(hook, address)
    secret = Secret("")
    if hook.shape == Shape.STANDARD:
        secret = signatures.new_secret()
        hook.sealed_secret = _seal(hook, secret.reveal())
    with transaction.atomic():
        _saved(hook)
        facts = {"address": hook.shown_address, "kinds": hook.kinds, "shape": hook.shape}
        trail.record("webhook.created", on=hook, changes=facts)
    return Made(hook, secret)


def change(hook: Webhook, *, address: str | None = None, **wanted: Any) -> Webhook:
    """Change what is named; what kind of message it takes stays as it was made."""
    names = [*wanted, "shown_address"]
    before = {name: getattr(hook, name) for name in names}
    for name, value in wanted.items():
        setattr(hook, name, value)
    if address is not None and address != hook.shown_address:
        _seal_address(hook, address)
    with transaction.atomic():
        _saved(hook)
        after = {name: getattr(hook, name) for name in names}
        if changes := trail.differences(before, after):
            trail.record("webhook.changed", on=hook, changes=changes)
    return hook


@transaction.atomic
def remove(hook: Webhook) -> None:
    """With the log of its deliveries."""
    trail.record("webhook.removed", on=hook)
    hook.delete()


def _saved(hook: Webhook) -> Webhook:
    unknown = sorted(set(hook.kinds) - kinds.titles().keys())
    if unknown:
        _refuse("kinds", _("There is no kind %(name)s.") % {"name": unknown[0]})
    if not hook.kinds:
        _refuse("kinds", _("Choose at least one kind."))
    hook.kinds = sorted(set(hook.kinds))
    try:
        with transaction.atomic():
            hook.save()
    except IntegrityError:
        _refuse("name", _("There is one with this name already. Choose another name."))
    return hook


def _refuse(field: str, sentence: str) -> None:
    raise Invalid(f"{field}: {sentence}", errors={field: [sentence]})


# ---------------------------------------------------------------------- its address and secrets
def _seal_address(hook: Webhook, address: str) -> None:
    try:
        target = parse(address)
    except BadUrl as error:
        _refuse("url", str(error))
    spelt = literal(target.host)
    if spelt is not None and operators_allow_list().problem(target.host, [spelt], target.port):
        _refuse(
            "url",
            _("%(host)s is not a public address (%(kind)s). The hub's operator can allow it.")
            % {"host": target.host, "kind": refusal(spelt)},
        )
    hook.sealed_address = _seal(hook, address)
    shown = address[:500]
    if hook.shape == Shape.SLACK:  # whoever knows it may post
        shown = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}/…{address[-4:]}"
    hook.shown_address = shown


def _seal(hook: Webhook, text: str) -> str:
    return seal(text, brand=hook.brand_id, webhook=str(hook.uuid))


def _opened(hook: Webhook, sealed: str) -> Secret:
    return open_sealed(sealed, brand=hook.brand_id, webhook=str(hook.uuid))


def address_of(hook: Webhook) -> Secret:
    return _opened(hook, hook.sealed_address)


def secrets_of(hook: Webhook) -> list[Secret]:
    """The secrets that sign now, the newest first."""
    found = [_opened(hook, hook.sealed_secret)]
    if hook.sealed_before and hook.before_until and hook.before_until > datetime.now(UTC):
        with suppress(CannotOpen):  # the one that counts from now on is there
            found.append(_opened(hook, hook.sealed_before))
    return found


@transaction.atomic
def rotate(hook: Webhook) -> Secret:
    """Make a new secret; for a day the one before it signs as well."""
    if hook.shape != Shape.STANDARD:
        _refuse("payload", _("Messages to Slack are not signed: their address is the secret."))
    secret = signatures.new_secret()
    trail.record("webhook.secret_rotated", on=hook)
    Webhook.objects.filter(pk=hook.pk).update(
        sealed_secret=_seal(hook, secret.reveal()),
        sealed_before=hook.sealed_secret,
        before_until=datetime.now(UTC) + OVERLAP,
    )
    hook.refresh_from_db()
    return secret


def seal_anew(hook: Webhook) -> bool:
    """Seal all of it under the newest key; return whether the row was still the same."""
    names = ("sealed_address", "sealed_secret", "sealed_before")
    before = {name: getattr(hook, name) for name in names}
    after = {
        name: fernet().rotate(sealed.encode()).decode() for name, sealed in before.items() if sealed
    }
    return bool(Webhook.objects.filter(pk=hook.pk, **before).update(**after))


# ---------------------------------------------------------------------- off and on
def switch_off(hook: Webhook, why: Webhook.Off = Webhook.Off.BY_HAND) -> bool:
    """Tell it nothing any more; what waits is given up. False: it was off already."""
    with transaction.atomic():
        done = Webhook.objects.filter(pk=hook.pk, off=Webhook.Off.NOT).update(
            off=why, off_at=datetime.now(UTC)
        )
        Delivery.objects.filter(webhook=hook, state=Delivery.State.WAITING).update(
            state=Delivery.State.GIVEN_UP, leased_until=None
        )
        if done:
            trail.record("webhook.switched_off", on=hook, changes={"reason": why})
    hook.refresh_from_db()
    return bool(done)


@transaction.atomic
def switch_on(hook: Webhook) -> None:
    trail.record("webhook.switched_on", on=hook)
    Webhook.objects.filter(pk=hook.pk).update(off=Webhook.Off.NOT, off_at=None, failing_since=None)
    hook.refresh_from_db()


@transaction.atomic
def resend(delivery: Delivery) -> None:
    """Deliver it once more, from now on, with the same id."""
    if delivery.webhook is None or not delivery.webhook.is_on:
        raise WebhookOff(_("This webhook is switched off. Switch it on first."))
    trail.record("webhook.resent", on=delivery.webhook, changes={"delivery": delivery.pk})
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.WAITING,
        attempts_before=delivery.attempts,
        due_at=datetime.now(UTC),
        leased_until=None,
        delivered_at=None,
    )
    delivery.refresh_from_db()


def known_kinds(given: Sequence[str]) -> list[str]:
    return [kind for kind in kinds.titles() if kind in given]
