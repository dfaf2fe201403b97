"""What the pages of usage, providers and settings are looked at with: a brand in full use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.browser import doorway, told
from tests.browser.site import Cast

LONG = "a-model-with-a-name-that-somebody-made-far-too-long-for-any-column-of-any-table-2026-11-21"


@dataclass(frozen=True)
class Office:
    acme: Any
    local: Any
    resting: Any
    jobs: list[Any]
    told: told.Told

    def username(self, who: str, cast: Cast) -> str | None:
        if who == "visitor":
            return None
        return "olga" if who == "manager" else getattr(cast, who).username


def furnish(cast: Cast, *, base_url: str = "http://127.0.0.1:9/v1") -> Office:
    """Providers, limits, keys, and six weeks of ended jobs with their bills in the first brand."""
    from ai_core.execution import registry

    registry.sync()
    _people(cast)
    acme, resting, local = _providers(cast.first, base_url)
    _limits(cast.first, acme)
    _keys(cast)
    jobs = [_ended(cast, number) for number in range(24)]
    return Office(acme, local, resting, jobs, told.tell(cast))


def _people(cast: Cast) -> None:
    """A manager of the first brand, somebody who was invited, and one with a long name."""
    from django.contrib.auth import get_user_model

    from brands.models import Membership, Role
    from tests.browser.site import hashed

    person = get_user_model().objects.create
    listed = (
        (person(username="olga", password=hashed()), Role.MANAGER),
        (person(username="not-here-yet@example.org", password="!"), Role.VIEWER),
        (person(username="jean-baptiste-emmanuel-zorg-de-la-longue-rue-de-la-soif"), Role.MEMBER),
    )
    for user, role in listed:
        Membership.objects.create(user=user, brand=cast.first, role=role)


def _providers(brand: Any, base_url: str) -> tuple[Any, Any, Any]:
    from ai_providers import credentials
    from ai_providers.models import Provider

    def make(name: str, **fields: Any) -> Any:
        provider = Provider(brand=brand, name=name, **fields)
        credentials.seal(provider, f"sk-test-{name}-0123456789abcd42")
        provider.save()
        return provider

    hour = datetime.now(UTC) - timedelta(hours=2)
    acme = make(
        "acme", kind="openai_compatible", base_url=base_url, model_names=["ok", "missing", LONG],
        position=10, max_concurrency=8, requests_per_minute=600, checked_at=hour, check_ok=True,
        check_says="HTTP 200 in 80 ms",
    )  # fmt: skip
    resting = make(
        "far-away", kind="anthropic", model_names=["m-large"], checked_at=hour, check_ok=False,
        check_says="HTTP 401: no such account",
    )  # fmt: skip
    local = Provider.objects.create(brand=brand, name="house", kind="local", is_active=False)
    return acme, resting, local


def _limits(brand: Any, acme: Any) -> None:
    from ai_providers import periods
    from ai_providers.models import ProviderQuota, QuotaUse

    month = periods.month_of(brand)
    for provider, unit, limit, used, held, mode in (
        (acme, "money", "50", "41.20", "1.10", "hard"),
        (acme, "tokens", "2000000", "640000", "0", "soft"),
        (None, "money", "250", "252.5", "0", "shadow"),
    ):
        quota = ProviderQuota.objects.create(
            brand=brand, provider=provider, unit=unit, limit=Decimal(limit), mode=mode
        )
        QuotaUse.objects.create(
            quota=quota, period_start=month, used=Decimal(used), held=Decimal(held)
        )


def _keys(cast: Cast) -> None:
    from brands import keys
    from brands.rights import Right

    soon = datetime.now(UTC) + timedelta(days=3)
    keys.issue(user=cast.member, brand=cast.first, name="nightly run", expires_at=soon)
    old = keys.issue(user=cast.member, brand=cast.first, name="old script", right=Right.READ)
    keys.revoke(old.key)


def more_jobs(cast: Cast, number: int) -> None:
    for one in range(number):
        _ended(cast, 100 + one)


def _ended(cast: Cast, number: int) -> Any:
    """A job that ended some days ago, booked as the hub books it."""
    from django.db import transaction

    from ai_core.models import AIJob, AIJobData
    from ai_core.services import JobService
    from ai_usage import booking

    user = cast.member if number % 3 else cast.both
    kind = ("sleep", "content_analysis")[number % 2]
    given = {"seconds": 1} if kind == "sleep" else {"text": "An owl in the night. " * 20}
    job = JobService.create_job(kind, given, user, cast.first, description=f"Piece {number}")
    AIJobData.objects.filter(job=job).update(usage=[_use(number)])
    JobService.start_job(job.pk)
    if number % 7 == 6:
        JobService.fail_job(job.pk, "The provider was not there.")
    else:
        JobService.complete_job(job.pk, {"score": number})
    ended = datetime.now(UTC) - timedelta(days=(number * 3) % 20, hours=1)
    AIJob.objects.filter(pk=job.pk).update(completed_at=ended, created_at=ended)
    job = AIJob.objects.select_related("job_type", "brand").get(pk=job.pk)
    with transaction.atomic():
        booking.move([job])
    return job


def _use(number: int) -> dict[str, Any]:
    unpriced = number % 8 == 5
    return {
        "provider": ("acme", "far-away")[number % 2],
        "model": ("ok", "m-large", LONG)[number % 3],
        "prompt_tokens": 1200 + 310 * number,
        "completion_tokens": 400 + 90 * number,
        "cost": None if unpriced else f"{0.35 + number * 0.21:.6f}",
        "price_status": "unpriced" if unpriced else "priced",
        "price_source": "" if unpriced else "own",
        "currency": "USD",
        "status": "completed",
    }


def pages(office: Office, cast: Cast) -> list[tuple[str, str, doorway.Way]]:
    """name, who (a field of Cast), way: every page of this half with something on it.

    Whoever walks them goes by `who` in the order of the alphabet: a visitor comes in after others.
    """
    one = f"/providers/{office.acme.pk}/"
    return [
        ("usage", "member", "/usage/?from=2026-01-01&group_by=model"),
        ("usage-month", "manager", "/usage/"),
        ("usage-narrowed", "member", f"/usage/?model={LONG}&group_by=user"),
        ("usage-nothing", "member", "/usage/?from=2020-01-01&to=2020-01-31"),
        ("usage-wrong", "member", "/usage/?from=soon"),
        ("usage-all-brands", "admin", "/usage/?group_by=brand"),
        ("usage-jobs", "member", "/usage/jobs/?from=2026-01-01&ordering=-cost"),
        ("usage-jobs-unpriced", "member", "/usage/jobs/?from=2026-01-01&price_status=unpriced"),
        ("usage-jobs-nothing", "member", "/usage/jobs/?from=2020-01-01&to=2020-01-31"),
        ("providers", "manager", "/providers/"),
        ("providers-all-brands", "admin", "/providers/"),
        ("providers-nothing", "both", "/providers/"),
        ("provider", "manager", one),
        ("provider-read", "member", one),
        ("provider-off", "manager", f"/providers/{office.local.pk}/"),
        ("provider-edit", "manager", f"{one}edit/"),
        ("provider-new", "manager", "/providers/new/"),
        ("settings-keys", "manager", "/settings/keys/"),
        ("settings-keys-nothing", "both", "/settings/keys/"),
        ("settings-members", "manager", "/settings/members/"),
        ("settings-members-forbidden", "member", "/settings/members/"),
        ("settings-quotas", "manager", "/settings/quotas/"),
        ("settings-quotas-read", "member", "/settings/quotas/"),
        ("settings-quotas-nothing", "both", "/settings/quotas/"),
        ("settings-brand", "manager", "/settings/brand/"),
        ("settings-brand-read", "member", "/settings/brand/"),
        ("settings-choose", "admin", "/settings/keys/"),
        *told.pages(office.told),
        *doorway.pages(cast),
    ]
