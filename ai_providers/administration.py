"""What a brand's managers do with providers: add, change, check, and set limits."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ai_core.outbound import BadUrl
from ai_core.outbound.targets import parse
from ai_core.pricing import CURRENCY
from ai_providers import credentials, limits, loop, periods, quotas, thresholds
from ai_providers.failures import ProviderFailure
from ai_providers.kinds import kind_named
from ai_providers.models import Provider, ProviderQuota, QuotaUse
from ai_providers.models.quotas import Unit
from ai_providers.routes import Route
from brands.audit import trail
from brands.errors import DomainError, Invalid
from brands.models import Brand

CHECK_SECONDS = 20.0


class ProviderNameTaken(DomainError):
    """The brand has another provider of that name."""

    code, status = "PROVIDER_NAME_TAKEN", 409


def save(provider: Provider, *, changes: dict[str, Any], api_key: str | None) -> Provider:
    """Add or change a provider. A key is kept unless a new one is given; empty removes it."""
    before = _where(provider.base_url)
    was = {name: getattr(provider, name) for name in changes} if provider.pk else {}
    for name, value in changes.items():
        setattr(provider, name, value)
    if api_key is not None and api_key == provider.key_last4 and provider.key_last4:
        api_key = None  # what was read is sent back as it was
    _check(
        provider, api_key=api_key, moved=bool(provider.pk) and _where(provider.base_url) != before
    )
    if api_key is not None:
        credentials.seal(provider, api_key)
    try:
        with transaction.atomic():
            is_new = provider.pk is None
            provider.save()
            _tell(provider, trail.differences(was, changes), api_key=api_key, is_new=is_new)
    except IntegrityError:
        raise ProviderNameTaken(
            _("There is a provider named %(name)s already.") % {"name": provider.name},
            errors={"name": [_("This name is taken.")]},
        ) from None
    return provider


def _tell(
    provider: Provider, changes: dict[str, Any], *, api_key: str | None, is_new: bool
) -> None:
    if api_key is not None:
        changes["key"] = "given" if api_key else "removed"
    if changes or is_new:
        done = "created" if is_new else "changed"
        trail.record(f"provider.{done}", on=provider, name=provider.name, changes=changes)


@transaction.atomic
def remove(provider: Provider) -> None:
    """With its key and its limits; what was asked of it stays in the bills."""
    trail.record("provider.removed", on=provider, name=provider.name)
    provider.delete()


def _where(base_url: str) -> tuple[str, str]:
    parts = urlsplit(base_url)
    return parts.scheme, parts.netloc


def _check(provider: Provider, *, api_key: str | None, moved: bool) -> None:
    kind = kind_named(provider.kind)
    errors: dict[str, list[str]] = {}
    if provider.base_url:
        try:
            parse(provider.base_url)
        except BadUrl as error:
            errors["base_url"] = [str(error)]
    elif provider.kind == "openai_compatible":
        errors["base_url"] = [_("Say where it is, like https://models.example.com/v1.")]
    has_key = bool(api_key) if api_key is not None else bool(provider.sealed_key)
    if kind.needs_key and not has_key:
        errors["api_key"] = [_("Providers of this kind need a key.")]
    elif moved and provider.sealed_key and api_key is None:
        # Else whoever may change the address could have the key sent to themselves.
        errors["api_key"] = [_("The address has changed: enter the key again.")]
    if errors:
        first = next(iter(errors))
        raise Invalid(f"{first}: {errors[first][0]}", errors=errors)


# ---------------------------------------------------------------------- does it work?
def check(provider: Provider) -> dict[str, Any]:
    """Call the provider, and say what works; no tokens are used."""
    begun = time.monotonic()
    found: list[str] = []
    try:
        route = Route(provider=provider, model="")
        target = route.target(seconds_left=CHECK_SECONDS)
        found = loop.wait_for(route.kind.models(target), on_stop=lambda _close: None)
        ok, says, upstream = True, _("Address and key work."), None
    except ProviderFailure as failure:
        ok, says, upstream = False, failure.message, failure.http_status
        limits_reason = str(failure.reason)
    except credentials.CannotOpen as error:
        ok, says, upstream, limits_reason = False, str(error), None, "key_cannot_be_opened"
    missing = [name for name in provider.model_names if ok and name not in found]
    if missing:
        says = _("Address and key work, but it does not offer: %(names)s.") % {
            "names": ", ".join(missing[:10])
        }
    provider.checked_at, provider.check_ok, provider.check_says = datetime.now(UTC), ok, says[:300]
    provider.save(update_fields=["checked_at", "check_ok", "check_says"])
    return {
        "ok": ok,
        "detail": says,
        "reason": "" if ok else limits_reason,
        "upstream_status": upstream,
        "seconds": round(time.monotonic() - begun, 3),
        "models": found[:1000],
        "missing_models": missing,
        **limits.health(provider),
    }


# ---------------------------------------------------------------------- limits
def quota_report(brand: Brand, provider: Provider | None) -> dict[str, Any]:
    """Every limit that holds for the provider this month, with what is used and held."""
    month = periods.month_of(brand)
    found = quotas.applying(brand, provider)
    uses = {
        use.quota_id: use for use in QuotaUse.objects.filter(quota__in=found, period_start=month)
    }
    passed = thresholds.passed([use.pk for use in uses.values()])
    return {
        "provider": None if provider is None else {"id": provider.pk, "name": provider.name},
        "period": "month",
        "period_start": month.isoformat(),
        "resets_at": periods.written(periods.resets_at(brand, month)),
        "currency": CURRENCY,
        "quotas": [_quota(quota, uses.get(quota.pk), passed) for quota in found],
    }


def _quota(
    quota: ProviderQuota, use: QuotaUse | None, passed: Mapping[int, list[dict[str, Any]]]
) -> dict[str, Any]:
    used, held = (use.used, use.held) if use else (Decimal(0), Decimal(0))
    left = max(quota.limit - used - held, Decimal(0))
    percent = float(100 * (used + held) / quota.limit) if quota.limit else None
    return {
        "id": quota.pk,
        "scope": quota.provider.name if quota.provider else "all providers",
        "unit": quota.unit,
        "mode": quota.mode,
        "limit": _written(quota.unit, quota.limit),
        "used": _written(quota.unit, used),
        "held": _written(quota.unit, held),
        "remaining": _written(quota.unit, left),
        "percent": None if percent is None else round(percent, 2),
        "thresholds": passed.get(use.pk, []) if use else [],
    }


def _written(unit: str, amount: Decimal) -> str:
    return f"{amount:.6f}" if unit == Unit.MONEY else f"{amount:.0f}"


@transaction.atomic
def set_quotas(brand: Brand, provider: Provider | None, wanted: Sequence[dict[str, Any]]) -> None:
    """Make these the limits of the provider; one that is left out ends, and its history stays."""
    kept = ProviderQuota.objects.filter(brand=brand, provider=provider, is_active=True)
    before = {quota.unit: _limit(quota.limit, quota.mode) for quota in kept}
    for one in wanted:
        ProviderQuota.objects.update_or_create(
            brand=brand,
            provider=provider,
            unit=one["unit"],
            defaults={"limit": one["limit"], "mode": one["mode"], "is_active": True},
        )
    thresholds.note_lower_limits(brand, provider)
    ended = ProviderQuota.objects.filter(brand=brand, provider=provider)
    ended.exclude(unit__in=[one["unit"] for one in wanted]).update(is_active=False)
    after = {one["unit"]: _limit(one["limit"], one["mode"]) for one in wanted}
    units = {unit: after.get(unit) for unit in before.keys() | after.keys()}
    changes = trail.differences(before, units)
    if changes:
        name = provider.name if provider else ""
        trail.record("quota.changed", on=provider, name=name, brand=brand, changes=changes)


def _limit(limit: Any, mode: str) -> str:
    return f"{Decimal(limit).normalize():f} {mode}"
