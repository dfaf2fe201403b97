"""The frame of the settings: its tabs come from all apps, and each is about one brand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from brands.access import Access
from brands.errors import BrandRequired
from brands.models import Brand, Membership, Role
from brands.pages.reading import for_readers


@for_readers
def settings_page(request: HttpRequest, access: Access) -> HttpResponse:
    return HttpResponseRedirect(reverse("settings-keys"))


def settings_facts(access: Access, label: str) -> dict[str, Any]:
    return {
        "crumbs": [(_("Settings"), reverse("settings")), (label, None)],
        "access": access,
        "brand": access.brand,
    }


def brand_of(access: Access) -> Brand:
    if access.brand is None:
        raise BrandRequired
    return access.brand


def shown(
    request: HttpRequest, template: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a tab; whoever looks at all brands is asked to choose one first."""
    if facts["brand"] is None:
        template = "brands/choose.html"
    answer = render(request, template, facts, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer


def only_managers(request: HttpRequest, facts: dict[str, Any], *, what: str) -> HttpResponse:
    """Say inside the settings that this is not theirs, and whom to ask."""
    managers = Membership.objects.for_brand(facts["brand"]).filter(role=Role.MANAGER)
    names = managers.order_by("user__username").values_list("user__username", flat=True)[:5]
    more = {"what": what, "managers": list(names)}
    return shown(request, "brands/forbidden.html", {**facts, **more}, status=403)
