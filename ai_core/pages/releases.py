"""Releases: the deliverables of a brand, and how far their jobs are (JOB-03)."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core import releases
from ai_core.models import AIJob, Release
from ai_core.pages.lines import lines
from ai_core.pages.reading import for_readers
from brands.access import Access
from brands.errors import DomainError, NotFound

SIZE = 25
MOST_JOBS = 100


@for_readers
def releases_page(request: HttpRequest, access: Access) -> HttpResponse:
    facts: dict[str, Any] = {"crumbs": [(_("Releases"), None)], "access": access}
    if request.method == "POST":
        name = request.POST.get("name", "").strip()
        facts["typed"] = request.POST
        try:
            made = _make(access, name, request.POST.get("description", "").strip())
            return HttpResponseRedirect(reverse("release-page", args=[made.pk]))
        except DomainError as error:
            facts["problem"] = str(error)
    found = Release.objects.for_brand(access.scope).select_related("created_by", "brand")
    page = Paginator(found.order_by("-created_at", "-pk"), SIZE).get_page(request.GET.get("page"))
    sums = releases.roll_up([one.pk for one in page])
    facts.update(page=page, rows=[(one, sums[one.pk]) for one in page], query=request.GET)
    status = 400 if "problem" in facts else 200
    return render(request, "ai_core/releases.html", facts, status=status)


def _make(access: Access, name: str, description: str) -> Release:
    from_brand = access.brand_to_create_in()
    if not name or len(name) > 120:
        raise DomainError(_("Give it a name of 1 to 120 characters."))
    return releases.create(
        brand=from_brand, user=access.user, name=name, description=description[:2000]
    )


@for_readers
def release_page(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    found = (
        Release.objects.for_brand(access.scope)
        .filter(pk=number)
        .select_related("created_by", "brand")
        .first()
    )
    if found is None:
        raise NotFound
    jobs: Any = AIJob.objects.for_brand(access.scope).filter(release=found)
    numbers = jobs.order_by("-created_at", "-id").values_list("pk", flat=True)[:MOST_JOBS]
    facts = {
        "crumbs": [(_("Releases"), reverse("releases-page")), (found.name, None)],
        "access": access,
        "release": found,
        "sum": releases.roll_up([found.pk])[found.pk],
        "lines": lines(numbers, access),
        "query": request.GET,
    }
    return render(request, "ai_core/release.html", facts)
