"""What a job's page says about content that is no longer there."""

from __future__ import annotations

from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ai_core.models.retention import Content


def notes_of(removed: dict[str, Any]) -> list[str]:
    """One sentence for each kind; what was erased at once is said once."""
    if any(why.get("erased") for why in removed.values()):
        day = max(str(why.get("on", "")) for why in removed.values())
        return [_("The content of this job was erased on %(day)s.") % {"day": _shown(day)}]
    return [
        _sentence(str(kind.label), why)
        for kind in Content
        if (why := removed.get(kind.value)) is not None
    ]


def _sentence(label: str, why: dict[str, Any]) -> str:
    day = _shown(str(why.get("on", "")))
    if days := why.get("days"):
        return ngettext(
            "%(label)s: removed on %(day)s, since this brand keeps them for %(days)d day.",
            "%(label)s: removed on %(day)s, since this brand keeps them for %(days)d days.",
            days,
        ) % {"label": label, "day": day, "days": days}
    return _("%(label)s: removed on %(day)s, since this brand keeps those of newer jobs only.") % {
        "label": label,
        "day": day,
    }


def _shown(day: str) -> str:
    try:
        parsed = parse_date(day)
    except ValueError:
        parsed = None
    return date_format(parsed) if parsed else day
