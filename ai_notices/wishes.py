"""What people want to be told: their preferences, and their choices for single jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ai_core.models import AIJob
from ai_core.news_choices import NewsChoices
from ai_notices import kinds
from ai_notices.models import Preference, Watch
from brands.access import Access
from brands.audit import trail
from brands.errors import Invalid

MOST_WATCHED = 200  # the newest, in the bell


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """A person's preferences, or what is usual."""

    mail_kinds: list[str]
    page_kinds: list[str]
    language: str


def wishes_of(user: Any) -> Wishes:
    row = Preference.objects.filter(user=user.pk).first()
    if row is None:
        return Wishes(
            mail_kinds=kinds.usual_for_mail(),
            page_kinds=sorted(kinds.titles()),
            language=get_language() or settings.LANGUAGE_CODE,
        )
    return Wishes(
        mail_kinds=list(row.mail_kinds), page_kinds=list(row.page_kinds), language=row.language
    )


def save(user: Any, **changes: Any) -> Wishes:
    """Change what is named; what is not, stays as it is now."""
    for column, name in (("mail_kinds", "email"), ("page_kinds", "page")):
        unknown = sorted(set(changes.get(column, ())) - kinds.titles().keys())
        if unknown:
            sentence = _("There is no kind %(name)s.") % {"name": unknown[0]}
            raise Invalid(f"{name}: {sentence}", errors={name: [sentence]})
    before = wishes_of(user)
    wanted = {
        "mail_kinds": sorted(set(changes.get("mail_kinds", before.mail_kinds))),
        "page_kinds": sorted(set(changes.get("page_kinds", before.page_kinds))),
        "language": changes.get("language", before.language),
    }
    with transaction.atomic():
        Preference.objects.update_or_create(user=user, defaults=wanted)
        if differ := trail.differences(vars(before), wanted):
            trail.record("preferences.changed", on=user, changes=differ)
    return wishes_of(user)


# ---------------------------------------------------------------------- one job
def choice_for(job_id: int, user: Any) -> str:
    """Empty: as the preferences say."""
    found = Watch.objects.filter(job=job_id, user=user.pk).values_list("choice", flat=True)
    return found.first() or ""


def choose(job: AIJob, user: Any, choice: str) -> None:
    if not choice:
        Watch.objects.filter(job=job, user=user).delete()
        return
    Watch.objects.update_or_create(job=job, user=user, defaults={"choice": choice})


def keep(chosen: Sequence[tuple[AIJob, str]]) -> None:
    """What was chosen for new jobs is their creators' wish."""
    rows = [
        Watch(job=job, user_id=job.created_by_id, choice=choice)
        for job, choice in chosen
        if job.created_by_id
    ]
    Watch.objects.bulk_create(rows, ignore_conflicts=True)


_FOR_THE_BELL = """
SELECT p.page_kinds, w.job_id, w.choice
FROM (SELECT %s::bigint AS id) reader
LEFT JOIN ai_notices_preference p ON p.user_id = reader.id
LEFT JOIN LATERAL (
  SELECT job_id, choice FROM ai_notices_watch WHERE user_id = reader.id
  ORDER BY job_id DESC LIMIT %s) w ON true
"""


def news_choices(access: Access) -> NewsChoices:
    """What the bell leaves out, and what it shows besides one's own jobs; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FOR_THE_BELL, [access.user.pk, MOST_WATCHED])
        rows = cursor.fetchall()
    page_kinds = rows[0][0] if rows else None
    unwanted = kinds.titles().keys() - set(page_kinds) if page_kinds is not None else frozenset()
    never = Watch.Choice.NEVER
    return NewsChoices(
        unwanted_kinds=frozenset(unwanted),
        silent_jobs=frozenset(job for _kinds, job, choice in rows if choice == never),
        watched_jobs=frozenset(job for _kinds, job, choice in rows if choice not in (None, never)),
    )
