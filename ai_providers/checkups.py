"""Providers, their keys and circuits, and whether the quotas balance."""

from __future__ import annotations

from collections.abc import Iterator

from ai_providers import balance, credentials, limits
from ai_providers.models import Provider
from brands.findings import Finding, broken, fine, odd, thorough


def providers() -> Iterator[Finding]:
    active = list(Provider.objects.filter(is_active=True).select_related("brand"))
    health = limits.health_of(active)
    well = 0
    for provider in active:
        part = f"provider {provider.brand.slug}/{provider.name}"
        if health[provider.pk]["circuit"] == "open":
            yield odd(
                part,
                f"is held back after {health[provider.pk]['failures']} failures",
                mend="press Check on its page; it is tried again by itself",
            )
        elif provider.check_ok is False:
            yield odd(
                part,
                f"failed its last check: {provider.check_says}",
                mend="mend its key or address on its page, and check it again",
            )
        else:
            well += 1
    yield fine("providers", f"{well} of {len(active)} active ones have nothing against them")


def keys() -> Iterator[Finding]:
    """Every sealed key must open: a restored hub without its keys would find out job by job."""
    sealed = Provider.objects.exclude(sealed_key="").select_related("brand")
    shut = []
    for provider in sealed:
        try:
            credentials.open_key(provider)
        except credentials.CannotOpen:
            shut.append(provider)
    if shut:
        names = ", ".join(f"{one.brand.slug}/{one.name}" for one in shut[:5])
        yield broken(
            "providers' keys",
            f"{len(shut)} of {len(sealed)} cannot be opened: {names}",
            mend="give the old key in MEGAHUB_CREDENTIAL_KEYS too (newest first), "
            "or enter these keys anew",
        )
    else:
        yield fine("providers' keys", f"all {len(sealed)} can be opened")


@thorough
def quotas() -> Iterator[Finding]:
    found = [*map(str, balance.drifts()), *balance.untold()]
    if found:
        yield broken(
            "quotas",
            f"{len(found)} do not balance, like {found[0]}",
            mend="run `manage.py check_quotas --repair`",
        )
    else:
        yield fine("quotas", "used and held are the sums of their jobs")


CHECKUPS = [providers, keys, quotas]
