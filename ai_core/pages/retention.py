"""How long this brand keeps what its jobs leave: a tab of the settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core import retention
from ai_core.models import RetentionRule
from ai_core.models.retention import Content
from brands.access import Access
from brands.pages.reading import for_readers
from brands.pages.settings import brand_of, only_managers, settings_facts, shown


@for_readers
def retention_page(request: HttpRequest, access: Access) -> HttpResponse:
    facts = settings_facts(access, _("Retention"))
    if access.brand is None:
        return shown(request, "ai_core/retention.html", facts)
    if not access.can_manage:
        return only_managers(request, facts, what=_("How long content is kept"))
    if request.method == "POST":
        problems = _keep(request, access)
        if not problems:
            messages.success(request, _("Saved. Sweepers remove what is older, little by little."))
            return HttpResponseRedirect(reverse("settings-retention"))
        facts["problems"], facts["wrong"] = problems, [*problems]
    facts["lines"] = _lines(access, request.POST)
    status = 400 if facts.get("problems") else 200
    return shown(request, "ai_core/retention.html", facts, status=status)


def _keep(request: HttpRequest, access: Access) -> dict[str, str]:
    """Save every rule, or none and say what is wrong with which."""
    wanted: list[tuple[str, int | None, int | None]] = []
    problems: dict[str, str] = {}
    for kind in Content:
        try:
            days, newest = (_number(request, f"{kind}-{name}") for name in ("days", "newest"))
            wanted.append((kind, days, newest))
            if days or newest:
                RetentionRule(
                    brand=access.brand, kind=kind, days=days, newest=newest
                ).clean_fields()
        except (ValueError, ValidationError):
            problems[kind.value] = _(
                "%(kind)s: give whole numbers above 0, or leave both empty to keep everything."
            ) % {"kind": kind.label}
    if not problems:
        for kind, days, newest in wanted:
            retention.choose(brand_of(access), kind, days=days, newest=newest)
    return problems


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 1e9:
        raise ValueError(name)
    return int(text)


def _lines(access: Access, typed: Any) -> list[dict[str, Any]]:
    rules = {rule.kind: rule for rule in RetentionRule.objects.for_brand(brand_of(access))}
    plans = {plan.rule.kind: plan for plan in retention.plans(rules.values())}
    return [
        {
            "kind": kind.value,
            "label": kind.label,
            "days": typed.get(f"{kind}-days", getattr(rules.get(kind), "days", None) or ""),
            "newest": typed.get(f"{kind}-newest", getattr(rules.get(kind), "newest", None) or ""),
            "plan": plans.get(kind),
            "removed": getattr(rules.get(kind), "removed_jobs", 0),
        }
        for kind in Content
    ]
