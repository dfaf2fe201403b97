"""The trainings of the brand: the list of OVH-01 and LST-07, its query string the API's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from ai_core import tally
from ai_core.api.filters import canonical, narrowed
from ai_core.models import AIJob, AIJobType
from ai_core.pages.jobs_list import OWN_WORDS, SIZES, Tab, shelf_of, without_empties
from ai_core.pages.lines import Line
from ai_core.pages.reading import answer, for_readers
from ai_training.models.catalogue import Preset
from brands.access import Access
from brands.errors import DomainError

TRAINING = "training"
FALLS_FIRST = frozenset({"created_at", "duration", "cost"})
HEADS = (
    (gettext_lazy("Training"), "description", "col-job"),
    (gettext_lazy("Status"), "status", "col-status"),
    (gettext_lazy("Configuration"), "", "col-config"),
    (gettext_lazy("Dataset"), "", "col-word"),
    (gettext_lazy("Resources"), "", "col-resources"),
    (gettext_lazy("Validation loss"), "", "amount col-loss"),
    (pgettext_lazy("moment", "Created"), "created_at", "col-time"),
    (gettext_lazy("Duration"), "duration", "amount col-duration"),
    (gettext_lazy("Cost"), "cost", "amount col-cost"),
)


@dataclass(frozen=True)
class RunLine:
    """A job of the list with what is known of its training."""

    line: Line

    @property
    def run(self) -> dict[str, Any]:
        return self.line.row.get(TRAINING) or {}

    @property
    def preset(self) -> str:
        if own := self.run.get("configuration"):
            return own["name"]
        known = self.run.get("preset")
        return str(Preset(known).label) if known in Preset.values else ""

    @property
    def image(self) -> str:
        given = self.line.row["input_data"]
        return str(given.get("image", ""))[:300] if isinstance(given, dict) else ""

    @property
    def is_gpu(self) -> bool:
        return "CPU" not in (self.run.get("resources") or "CPU")


@for_readers
def trainings_page(request: HttpRequest, access: Access) -> HttpResponse:
    query = without_empties(request.GET)
    facts: dict[str, Any] = {
        "crumbs": [(_("Trainings"), None)],
        "access": access,
        "query": query,
        "sizes": SIZES,
        "tabs": _tabs(access, query),
        "is_filtered": any(name not in ("page", "page_size", "ordering") for name in query),
    }
    try:
        facts.update(_found(query, access))
    except DomainError as error:
        facts.update(problem=str(error), shelf=None, heads=_heads("-created_at"))
    part = "ai_training/trainings_part.html"
    return answer(request, "ai_training/trainings.html", facts, part=part)


def _found(query: QueryDict, access: Access) -> dict[str, Any]:
    asked = canonical(query).copy()
    asked["category"] = TRAINING
    wanted = query.copy()
    wanted["category"] = TRAINING
    jobs = narrowed(AIJob.objects.for_brand(access.scope), wanted, access.brand, extra=OWN_WORDS)
    shelf = shelf_of(jobs, asked, access, size=SIZES[0])
    return {
        "shelf": shelf,
        "rows": [RunLine(line) for line in shelf.lines],
        "heads": _heads(asked.get("ordering", "-created_at")),
    }


def _by_status(access: Access) -> Counter[str]:
    """Count by the sums, however many there are."""
    kinds = set(AIJobType.objects.filter(category=TRAINING).values_list("pk", flat=True))
    counted: Counter[str] = Counter()
    for pile in tally.piles(access.scope) if access.scope is not None else ():
        if pile.job_type in kinds:
            counted[pile.status] += pile.jobs
    return counted


def _heads(ordering: str) -> list[dict[str, Any]]:
    return [_head(*one, ordering) for one in HEADS]


def _head(label: Any, order: str, css: str, ordering: str) -> dict[str, Any]:
    if not order:
        return {"label": label, "css": css, "sort": "", "next": ""}
    if ordering.removeprefix("-") != order:
        first = f"-{order}" if order in FALLS_FIRST else order
        return {"label": label, "css": css, "sort": "", "next": first}
    falls = ordering.startswith("-")
    other = order if falls else f"-{order}"
    return {
        "label": label, "css": css, "sort": "descending" if falls else "ascending", "next": other,
    }  # fmt: skip


def _tabs(access: Access, query: QueryDict) -> list[Tab]:
    by = _by_status(access)
    now = query.get("status", "")
    listed = [
        (_("All trainings"), "", by.total()),
        (_("Queue"), "pending", by["pending"]),
        (_("Active"), "running,paused", by["running"] + by["paused"]),
        (pgettext("tab", "Done"), "completed", by["completed"]),
        (_("Failed"), "failed,timeout", by["failed"] + by["timeout"]),
        (_("Cancelled"), "cancelled", by["cancelled"]),
    ]
    if by["draft"]:
        listed.append((_("Drafts"), "draft", by["draft"]))
    return [Tab(label, status, count, status == now) for label, status, count in listed]
