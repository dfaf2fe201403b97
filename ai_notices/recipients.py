"""Which people are told of something, and by which way: their wishes, and where they belong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User

from ai_core.models import AIJob
from ai_notices import kinds
from ai_notices.models import Preference, Watch
from brands.models import Membership, Role


@dataclass
class Readers:
    """People as they stand now; two queries, however many they are."""

    mail_kinds: dict[int, frozenset[str]] = field(default_factory=dict)
    brands: dict[int, dict[int, str]] = field(default_factory=dict)  # person → brand → role
    superusers: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, people: Iterable[int]) -> Readers:
        wanted = set(people)
        found = cls()
        users = User.objects.filter(pk__in=wanted, is_active=True).exclude(email="")
        chosen = dict(
            Preference.objects.filter(user__in=wanted).values_list("user_id", "mail_kinds")
        )
        usual = frozenset(kinds.usual_for_mail())
        for pk, is_superuser in users.values_list("pk", "is_superuser"):
            found.mail_kinds[pk] = frozenset(chosen[pk]) if pk in chosen else usual
            if is_superuser:
                found.superusers.add(pk)
        rows = Membership.objects.filter(user__in=found.mail_kinds.keys())
        for user, brand, role in rows.values_list("user_id", "brand_id", "role"):
            found.brands.setdefault(user, {})[brand] = role
        return found

    def may_read(self, user: int, brand: int) -> bool:
        return user in self.mail_kinds and (
            user in self.superusers or brand in self.brands.get(user, {})
        )

    def wants(self, user: int, kind: str) -> bool:
        return kind in self.mail_kinds.get(user, frozenset())


def watches_of(job_ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """Job → person → choice."""
    found: dict[int, dict[int, str]] = {}
    rows = Watch.objects.filter(job__in=job_ids).values_list("job_id", "user_id", "choice")
    for job, user, choice in rows:
        found.setdefault(job, {})[user] = choice
    return found


def of_job(
    kind: str, job: AIJob, *, actor: int | None, watches: dict[int, str], readers: Readers
) -> list[int]:
    """Who gets a mail: the creator by their preferences, whoever chose it for this job."""
    found = []
    for user in {*watches, *([job.created_by_id] if job.created_by_id else [])}:
        if user == actor and kind == "job.cancelled":
            continue  # what one did oneself is no news
        choice = watches.get(user)
        wants = readers.wants(user, kind) if choice is None else _chosen(choice, kind)
        if wants and readers.may_read(user, job.brand_id):
            found.append(user)
    return sorted(found)


def _chosen(choice: str, kind: str) -> bool:
    if choice == Watch.Choice.FAILURE:
        return kind in kinds.TROUBLE
    return choice == Watch.Choice.ALWAYS


def managers_of(brands: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Membership.objects.filter(brand__in=set(brands), role=Role.MANAGER)
    for brand, user in rows.values_list("brand_id", "user_id"):
        found.setdefault(brand, []).append(user)
    return found
