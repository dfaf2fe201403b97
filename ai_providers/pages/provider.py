"""One provider: how it is, what it offers, its key, its limits and its last calls."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core.budgets import budgets_of
from ai_providers import administration, limits, routes
from ai_providers.kinds import kind_named
from ai_providers.models import Provider, ProviderCall
from ai_providers.pages.providers import provider_of, shown
from brands.access import Access
from brands.pages.reading import for_readers, is_fragment

FEW_CALLS = 10
STATUS_OF_CALL = {
    "running": "running",
    "completed": "completed",
    "failed": "failed",
    "stopped": "cancelled",
    "lost": "timeout",
}


@for_readers
def provider_page(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    provider = provider_of(access, number)
    return render(request, "ai_providers/provider.html", facts_of(provider, access))


@for_readers
def check_provider(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Really call it, and say what works; the answer stands on the page of the provider."""
    provider = provider_of(access, number)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("provider", args=[number]))
    access.must_manage()
    found = administration.check(provider)
    facts = facts_of(provider, access) | {"checked": found}
    facts["models"] = [
        {"name": name, "offered": name not in found["missing_models"] if found["ok"] else None}
        for name in models_of(provider)
    ]
    facts["others"] = [name for name in found["models"] if name not in provider.model_names][:100]
    part = "ai_providers/provider_part.html"
    page = part if is_fragment(request) else "ai_providers/provider.html"
    return render(request, page, facts)


def models_of(provider: Provider) -> list[str]:
    if provider.kind == "local":
        return provider.model_names or routes.local_models()
    return provider.model_names


def facts_of(provider: Provider, access: Access) -> dict[str, Any]:
    health = limits.health(provider)
    budgets = budgets_of(provider.brand)
    calls = (
        ProviderCall.objects.for_brand(access.scope)
        .filter(provider=provider)
        .select_related("job")
        .only(
            "model", "status", "reason", "message", "absorbed", "prompt_tokens",
            "completion_tokens", "cost", "price_status", "started_at", "ended_at",
            "job__job_id", "job__description", "job__deleted_at",
        )
        .order_by("-id")[:FEW_CALLS]
    )  # fmt: skip
    kind = kind_named(provider.kind)
    return {
        "crumbs": [(_("Providers"), reverse("providers")), (provider.name, None)],
        "access": access,
        "one": shown(provider, health, budgets),
        "provider": provider,
        "kind": kind,
        "address": provider.base_url or kind.default_base_url,
        "models": [{"name": name, "offered": None} for name in models_of(provider)],
        "of_all": [one for one in budgets if one.provider is None],
        "calls": [_call(call) for call in calls],
        "most_failures": limits.FAILURES_THAT_OPEN,
        "may_change": access.can_manage,
    }


def _call(call: ProviderCall) -> dict[str, Any]:
    took = (call.ended_at - call.started_at).total_seconds() if call.ended_at else None
    known = [count for count in (call.prompt_tokens, call.completion_tokens) if count is not None]
    return {
        "row": call,
        "name": call.job.description or call.job.job_id,
        "address": "" if call.job.deleted_at else reverse("job", args=[call.job.job_id]),
        "status": STATUS_OF_CALL[call.status],
        "word": call.get_status_display(),
        "took": took,
        "tokens": sum(known) if known else None,
    }
