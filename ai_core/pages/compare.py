"""Two to ten jobs side by side: facts, input, result, cost and duration (MON-09)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ai_core import rows
from ai_core.models import AIJob
from ai_core.pages.differences import sections_of
from ai_core.pages.lines import line_of
from ai_core.pages.reading import for_readers
from brands.access import Access

LEAST, MOST = 2, 10


@for_readers
def compare_page(request: HttpRequest, access: Access) -> HttpResponse:
    asked = _references(request.GET.get("ids", ""))
    found = rows.details(_numbers(access, asked[:MOST]))
    jobs = [row.as_dict() for row in found]
    facts: dict[str, Any] = {
        "crumbs": [(_("Jobs"), reverse("jobs")), (_("Compare"), None)],
        "access": access,
        "query": request.GET,
        "lines": [line_of(row, access) for row in found],
        "ids": ",".join(str(row.id) for row in found),
        "missing": len(asked[:MOST]) - len(found),
        "left_out": len(asked) - len(asked[:MOST]),
        "only": request.GET.get("only") == "differences",
    }
    if len(found) >= LEAST:
        facts["sections"] = sections_of(jobs)
        facts["differences"] = sum(one.differences for one in facts["sections"])
    return render(request, "ai_core/compare.html", facts)


def _references(text: str) -> list[str]:
    return list(dict.fromkeys(one.strip() for one in text[:2_000].split(",") if one.strip()))


def _numbers(access: Access, references: list[str]) -> list[int]:
    """The numbers of those that this person may see, in the order in which they were named."""
    plain = [int(one) for one in references if one.isascii() and one.isdigit() and len(one) < 19]
    seen = AIJob.objects.for_brand(access.scope).filter(Q(pk__in=plain) | Q(job_id__in=references))
    by_name = {}
    for number, job_id in seen.values_list("pk", "job_id"):
        by_name[str(number)] = by_name[job_id] = number
    return list(dict.fromkeys(by_name[one] for one in references if one in by_name))
