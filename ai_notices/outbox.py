"""Writes messages, and who gets them, in the transaction in which they are noted.

A message is written once a brand and key, a delivery once a message and recipient: whoever writes
it again, writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from ai_notices.models import Delivery, Message, Webhook
from brands.audit import trail

MAIL_GATHERS = timedelta(seconds=10)  # what follows within that goes into the same mail


@dataclass(frozen=True, kw_only=True)
class Post:
    """A message with those who get it."""

    message: Message
    webhooks: Sequence[int]
    people: Sequence[int]


def write(posts: Sequence[Post]) -> None:
    """Three statements for all of them."""
    posts = [post for post in posts if post.webhooks or post.people]
    if not posts:
        return
    Message.objects.bulk_create([post.message for post in posts], ignore_conflicts=True)
    keys = [post.message.key for post in posts]
    known = {
        (brand, key): pk
        for brand, key, pk in Message.objects.filter(
            key__in=keys, brand__in={post.message.brand_id for post in posts}
        ).values_list("brand_id", "key", "pk")
    }
    now = datetime.now(UTC)
    deliveries = []
    for post in posts:
        facts = {"message_id": known[post.message.brand_id, post.message.key]}
        facts["brand_id"] = post.message.brand_id
        deliveries += [Delivery(webhook_id=one, due_at=now, **facts) for one in post.webhooks]
        deliveries += [
            Delivery(user_id=one, due_at=now + MAIL_GATHERS, **facts) for one in post.people
        ]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)


def listening() -> Mapping[int, list[Webhook]]:
    """The webhooks that are on, by brand; there are few of them in a whole hub."""
    found: dict[int, list[Webhook]] = {}
    hooks = Webhook.objects.filter(off="", brand__is_active=True)
    for hook in hooks.only("id", "brand_id", "kinds"):
        found.setdefault(hook.brand_id, []).append(hook)
    return found


def wanting(hooks: Mapping[int, list[Webhook]], *, brand_id: int, kind: str) -> list[int]:
    return [hook.pk for hook in hooks.get(brand_id, ()) if kind in hook.kinds]


@transaction.atomic
def test_message(hook: Webhook, *, user: Any) -> Delivery:
    """What the test button sends."""
    now = datetime.now(UTC)
    trail.record("webhook.tested", on=hook, user=user)
    message = Message.objects.create(
        brand_id=hook.brand_id,
        kind="webhook.test",
        key=f"test-{hook.pk}-{now.timestamp():.6f}",
        at=now,
        facts={"webhook": hook.name, "asked_by": user.get_username()},
    )
    return Delivery.objects.create(
        brand_id=hook.brand_id, message=message, webhook=hook, due_at=now
    )
