"""What this app does when the brand is told something, when jobs are purged, and now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ai_core.brand_notices import BrandNotice
from ai_core.models import AIJob
from ai_notices import delivering, journal, kinds, outbox, places, recipients
from ai_notices.models import Message, Watch
from ai_notices.outbox import Post

KEPT = timedelta(days=30)


def note(*, notices: Sequence[BrandNotice], **_: Any) -> None:
    """A notice of the brand is told to its webhooks and to those managers who want it."""
    managers = recipients.managers_of({notice.brand_id for notice in notices})
    readers = recipients.Readers.of({user for them in managers.values() for user in them})
    hooks = outbox.listening()
    posts = []
    for notice in notices:
        kind = kinds.of_notice(notice.kind)
        message = Message(
            brand_id=notice.brand_id,
            kind=kind,
            key=notice.key,
            at=notice.at,
            facts={**notice.facts, "level": notice.level, "text": notice.text},
            text=notice.text,
        )
        people = [u for u in managers.get(notice.brand_id, ()) if readers.wants(u, kind)]
        webhooks = outbox.wanting(hooks, brand_id=notice.brand_id, kind=kind)
        posts.append(Post(message=message, webhooks=webhooks, people=people))
    outbox.write(posts)


def forget(*, jobs: Sequence[AIJob], **_: Any) -> None:
    Watch.objects.filter(job__in=[job.pk for job in jobs]).delete()


def skip_the_demo(**_: Any) -> None:
    journal.skip_to_the_end()


def keep_house(**_: Any) -> None:
    places.look()
    delivering.forget_old(KEPT)
