"""The first page after login: what this brand is, and where to begin."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ai_core.pages.overview import jobs_overview
from ai_core.pages.reading import zone_of
from brands.asking import access_of
from brands.models import ApiKey, Brand, Membership
from brands.scoping import ALL_BRANDS


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    facts = {
        "crumbs": [],
        "access": access,
        "people": Membership.objects.for_brand(access.scope).values("user").distinct().count(),
        "keys": ApiKey.objects.for_brand(access.scope).filter(_usable()).count(),
    }
    facts |= jobs_overview(access) | {"may_create": access.may_begin}
    if access.scope is ALL_BRANDS:
        facts["brands"] = _every_brand()
    with timezone.override(zone_of(access)):
        return render(request, "pages/overview.html", facts)


def _usable() -> Q:
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return unexpired & Q(revoked_at=None)


def _every_brand() -> list[Brand]:
    brands = list(Brand.objects.order_by("-is_active", "name"))
    people = _counted(Membership.objects.for_brand(ALL_BRANDS))
    keys = _counted(ApiKey.objects.for_brand(ALL_BRANDS).filter(_usable()))
    for brand in brands:
        brand.people = people.get(brand.pk, 0)  # type: ignore[attr-defined]  # for the template
        brand.keys = keys.get(brand.pk, 0)  # type: ignore[attr-defined]
    return brands


def _counted(rows) -> dict[int, int]:
    return dict(rows.order_by().values_list("brand").annotate(Count("pk")))
