"""The audit trail as a tab of the settings: managers see their brand's, superusers all."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from brands.access import Access
from brands.api.audit import ASKED, as_file
from brands.audit import reading, words
from brands.audit.models import AuditEntry
from brands.pages.reading import for_readers
from brands.pages.settings import only_managers, settings_facts

SIZE = 50
AT_A_GLANCE = 90  # characters of changes that are read without opening them


@for_readers
def audit_page(request: HttpRequest, access: Access) -> HttpResponseBase:
    facts = settings_facts(access, _("Audit"))
    if not access.can_manage:
        return only_managers(request, facts, what=_("The audit trail"))
    found = reading.narrowed(reading.visible_to(access), request.GET.dict())
    if form := request.GET.get("format"):
        return as_file(found, form)
    answer = render(request, "brands/audit.html", {**facts, **_listed(found, request)})
    answer["Cache-Control"] = "private, no-store"
    return answer


def _listed(found: Any, request: HttpRequest) -> dict[str, Any]:
    """One page by number of entry: new ones never shift it."""
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(id__lt=int(before))
    entries = list(found.select_related("brand").order_by("-id")[: SIZE + 1])
    kept = request.GET.copy()
    for name in set(kept) - set(ASKED):
        del kept[name]
    return {
        "entries": [_shown(one) for one in entries[:SIZE]],
        "older": entries[SIZE - 1].pk if len(entries) > SIZE else None,
        "asked": {name: request.GET.get(name, "") for name in ASKED},
        "is_filtered": any(request.GET.get(name) for name in ASKED),
        "first_day": request.GET.get("from", ""),
        "kept": kept.urlencode(),
        "kinds": words.kinds(),
    }


def _shown(entry: AuditEntry) -> dict[str, Any]:
    changes = [_change(name, value) for name, value in entry.changes.items()]
    is_short = sum(len(name) + len(text) for name, text in changes) <= AT_A_GLANCE
    return {
        "entry": entry, "did": words.sentence(entry.action), "changes": changes,
        "is_short": is_short,
    }  # fmt: skip


def _change(name: str, value: Any) -> tuple[str, str]:
    """«before → after» of two; anything else as it stands."""
    if isinstance(value, list) and len(value) == 2:
        return name, f"{_text(value[0])} → {_text(value[1])}"
    return name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    return "–" if value in (None, "") else str(value)
