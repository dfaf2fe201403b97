"""Tags of the pages about jobs: `{% load jobs %}`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ai_core.pages import stencils, words
from ai_core.statuses import JobStatus, Priority

register = template.Library()
register.filter("duration", words.duration)
register.filter("money", words.money)
register.filter("percent_of_one", words.percent)
register.filter("type_title", words.type_title)
register.filter("stage_title", words.stage_title)


@register.filter
def size(number: int) -> str:
    return filesizeformat(number)


@register.inclusion_tag("ai_core/badge.html")
def status_badge(status: str, word: str = "") -> dict[str, Any]:
    """Draw a status as icon and word; the colour only repeats them."""
    return {
        "status": status,
        "icon": words.STATUS_ICONS.get(status, "circle-dashed"),
        "word": word or JobStatus(status).label,
    }


@register.simple_tag
def moment(at: Any, kind: str = "ago") -> SafeString | str:
    """A time that the browser keeps fresh; the absolute one shows on hover."""
    found: datetime | None = words.moment(at)
    if found is None:
        return words.UNKNOWN
    text = {"ago": words.ago, "clock": words.clock}.get(kind, words.absolute)(found)
    return format_html(
        '<time datetime="{}" title="{}" data-time="{}">{}</time>',
        found.isoformat(),
        words.absolute(found),
        kind,
        text,
    )


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The address of this page with some parameters changed; an empty one is left out."""
    given: QueryDict = context["query"].copy()
    for name, value in changes.items():
        given.pop(name, None)
        if value not in (None, ""):
            given[name] = str(value)
    given.pop("page", None) if "page" not in changes else None
    return f"?{given.urlencode(safe=',')}" if given else "?"


@register.simple_tag(takes_context=True)
def hidden_query(context: Any, *left_out: str) -> SafeString:
    """Hidden fields for what is asked for already, so that a form adds to it."""
    given: QueryDict = context["query"]
    kept = [(k, v) for k in given for v in given.getlist(k) if k not in left_out]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', kept)


@register.filter
def marked(text: str, wanted: str) -> SafeString | str:
    """The searched words stand out in a text."""
    if not wanted or not text:
        return text
    parts = re.split(f"({re.escape(wanted)})", text, flags=re.IGNORECASE)
    return format_html_join(
        "",
        "{}{}",
        ((plain, _mark(hit)) for plain, hit in zip(parts[::2], [*parts[1::2], ""], strict=True)),
    )


def _mark(text: str) -> SafeString | str:
    return format_html("<mark>{}</mark>", text) if text else ""


# A piece that many rows have alike: `{% stencil "ai_core/job_menu.html" line.actions name=… %}`.
register.simple_tag(stencils.filled, name="stencil")


@register.simple_tag
def priorities() -> list[tuple[str, str]]:
    """Every priority and its word, the most urgent first."""
    return [(one.word, str(one.label)) for one in reversed(Priority)]


@register.simple_tag
def initials(name: str) -> str:
    parts = re.sub(r"[._-]", " ", name).split()
    return "".join(part[0] for part in parts[:2]).upper() or "?"


@register.simple_tag
def tone(number: Any) -> int:
    """One of six colours, always the same for the same thing."""
    return hash(int(number or 0)) % 6
