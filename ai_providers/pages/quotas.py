"""The limits of the brand, in the settings: what is used, held and left, and until when."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ai_core.budgets import budgets_of
from ai_core.pricing import CURRENCY
from ai_providers import budgets
from ai_providers.models import Provider, ProviderQuota
from ai_providers.models.quotas import Mode, Unit
from brands.access import Access
from brands.errors import Invalid, NotFound
from brands.pages.reading import for_managers, for_readers
from brands.pages.settings import brand_of, settings_facts, shown

MOST = Decimal(10) ** 11


@for_readers
def quotas_page(request: HttpRequest, access: Access) -> HttpResponse:
    facts = settings_facts(access, _("Quotas"))
    if request.method == "POST":
        access.must_manage()
        facts["typed"] = request.POST
        try:
            _save(request, access)
            messages.success(request, _("The limit holds from the next call on."))
            return HttpResponseRedirect(reverse("settings-quotas"))
        except Invalid as error:
            facts["problem"] = str(error)
    if access.brand is not None:
        facts |= {
            "budgets": budgets_of(access.brand),
            "providers": list(Provider.objects.for_brand(access.brand).values_list("pk", "name")),
            "units": [(Unit.MONEY.value, CURRENCY), (Unit.TOKENS.value, _("tokens"))],
            "modes": modes(),
            "may_change": access.can_manage,
            "admin_url": reverse("admin:ai_providers_providerquota_changelist")
            if access.is_superuser
            else "",
        }
    return shown(
        request, "ai_providers/quotas.html", facts, status=400 if "problem" in facts else 200
    )


def modes() -> list[tuple[str, str]]:
    return [(mode.value, str(mode.label)) for mode in Mode]


def _save(request: HttpRequest, access: Access) -> ProviderQuota:
    given = request.POST
    try:
        limit = Decimal(given.get("limit", "").replace(",", ".").replace("\u202f", "").strip())
    except InvalidOperation:
        limit = Decimal(-1)
    if not limit.is_finite() or not 0 <= limit < MOST:
        raise Invalid(_("Give the limit as a number, like 250 or 12.50."))
    unit, mode = given.get("unit", ""), given.get("mode", "")
    if unit not in Unit.values or mode not in Mode.values:
        raise Invalid(_("Choose a unit and what happens at the limit."))
    return budgets.set_limit(
        brand_of(access), _provider(given.get("provider", ""), access), unit=unit, limit=limit,
        mode=mode,
    )  # fmt: skip


def _provider(text: str, access: Access) -> Provider | None:
    if not text:
        return None
    whole = text.isascii() and text.isdigit() and len(text) < 19
    rows: Any = Provider.objects.for_brand(access.scope)
    found = rows.filter(pk=int(text)).first() if whole else None
    if found is None:
        raise Invalid(_("That provider is not one of this brand's."))
    return found


@require_POST
@for_managers
def end_quota(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    found = ProviderQuota.objects.for_brand(brand_of(access)).filter(pk=number, is_active=True)
    if not budgets.end_limit(found):
        raise NotFound
    messages.success(request, _("The limit has ended. What it counted stays on record."))
    return HttpResponseRedirect(reverse("settings-quotas"))
