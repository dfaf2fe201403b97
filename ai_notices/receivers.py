"""What this app does when the brand is told something, when jobs are purged, and now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from ai_core.brand_notices import BrandNotice
from ai_core.models import AIJob
from ai_notices import delivering, journal, kinds, outbox, places, recipients
from ai_notices.models import Message, Preference, Watch
from ai_notices.outbox import Post

KEPT = timedelta(days=30)


def note(*, notices: Sequence[BrandNotice], **_: Any) -> None:
    """A notice of the brand is told to its webhooks and to those managers who want it."""
    managers = recipients.managers_of({notice.brand_id for notice in notices})
    concerned = {user for them in managers.values() for user in them}
    concerned |= {user for notice in notices for user in notice.people}
    readers = recipients.Readers.of(concerned)
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
        theirs = {*managers.get(notice.brand_id, ()), *notice.people}
        people = [
            user
            for user in sorted(theirs)
            if readers.wants(user, kind) and readers.may_read(user, notice.brand_id)
        ]
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


def forget_content(*, job_ids: list[int], kind: str, **_: Any) -> None:
    """Of an erased job its messages stay, without what it was called and what it said."""
    if kind != "everything":
        return
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_ANSWERS, [job_ids])
        cursor.execute(_FORGET_FACTS, [job_ids])


_FORGET_ANSWERS = """
UPDATE ai_notices_attempt SET answer = '', error = '' WHERE delivery_id IN (
  SELECT d.id FROM ai_notices_delivery d JOIN ai_notices_message m ON m.id = d.message_id
  WHERE m.job_number = ANY (%s))
"""
_FORGET_FACTS = """
UPDATE ai_notices_message SET facts = facts
  || '{"description": "", "error_message": "", "tags": [], "created_by": null}'
WHERE job_number = ANY (%s)
"""


def forget_person(*, user: Any, **_: Any) -> None:
    Preference.objects.filter(user=user).delete()
    Watch.objects.filter(user=user).delete()
