"""A piece that many rows of a page have alike: drawn once for each variant, with gaps to fill.

The menu of a row takes longer to draw than all the rest of it, and there are few different ones:
one for each set of actions, in each language.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template import loader
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

_GAP = "\ue000{}\ue001"  # characters of nobody's language, which no filter and no escape changes
_GAPS = re.compile(_GAP.format("([a-z_]+)"))


def filled(template: str, *variant: Hashable, **gaps: Any) -> SafeString:
    """Draw `template` for `variant` (its only facts), and put the values into its gaps.

    A gap may be shown or translated with; nothing may be decided by it.
    """
    draw = _drawn.__wrapped__ if settings.DEBUG else _drawn
    pieces = list(draw(template, variant, tuple(gaps), get_language()))
    for place in range(1, len(pieces), 2):
        pieces[place] = conditional_escape(gaps[pieces[place]])
    return mark_safe("".join(pieces))  # noqa: S308  (the template has escaped, and so have we)


@lru_cache(maxsize=512)
def _drawn(
    template: str, variant: tuple[Hashable, ...], gaps: tuple[str, ...], _language: str | None
) -> list[str]:
    """Return text, gap, text, gap, …, text."""
    marks = {name: _GAP.format(name) for name in gaps}
    return _GAPS.split(loader.render_to_string(template, {"variant": variant, **marks}))
