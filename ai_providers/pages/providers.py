"""All providers of the brand: what they offer, how they are, what is left of their budget."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ai_core.budgets import Budget, budgets_of
from ai_providers import limits, routes
from ai_providers.models import Provider
from brands.access import Access
from brands.errors import NotFound
from brands.pages.reading import for_readers

FEW_MODELS = 3
ICONS = {
    "openai": "sparkles",
    "anthropic": "brain",
    "openai_compatible": "globe",
    "local": "hard-drive",
}


@for_readers
def providers_page(request: HttpRequest, access: Access) -> HttpResponse:
    found = list(
        Provider.objects.for_brand(access.scope)
        .select_related("brand")
        .order_by("brand__name", "position", "name", "id")[:200]
    )
    health = limits.health_of(found)
    budgets = budgets_of(access.brand) if access.brand else []
    facts: dict[str, Any] = {
        "crumbs": [(_("Providers"), None)],
        "access": access,
        "providers": [shown(one, health[one.pk], budgets) for one in found],
        "of_all": [one for one in budgets if one.provider is None],
        "local_models": routes.local_models(),
        "may_change": access.brand is not None and access.can_manage,
    }
    return render(request, "ai_providers/providers.html", facts)


def shown(provider: Provider, health: dict[str, Any], budgets: list[Budget]) -> dict[str, Any]:
    own = [one for one in budgets if one.provider == provider.pk]
    return {
        "row": provider,
        "icon": ICONS.get(provider.kind, "globe"),
        "models": provider.model_names[:FEW_MODELS],
        "more": max(0, len(provider.model_names) - FEW_MODELS),
        "health": health,
        "state": state_of(provider, health),
        "budgets": own,
        "nearest": own[0] if own else None,
    }


def state_of(provider: Provider, health: dict[str, Any]) -> str:
    """The one word that matters most: what stands against it, before what speaks for it."""
    if not provider.is_active:
        return "off"
    if health["circuit"] == "open":
        return "resting"
    if provider.check_ok is None:
        return "unchecked"
    return "works" if provider.check_ok else "broken"


def provider_of(access: Access, number: int) -> Provider:
    found = Provider.objects.for_brand(access.scope).select_related("brand").filter(pk=number)
    provider = found.first()
    if provider is None:
        raise NotFound
    return provider
