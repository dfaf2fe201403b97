"""Lines of CSV whose cells no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import orjson

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_lines(lines: Iterable[Iterable[Any]]) -> bytes:
    paper = io.StringIO()
    csv.writer(paper).writerows(lines)
    return paper.getvalue().encode()


def cell(value: Any) -> Any:
    """No cell begins like a formula: a spreadsheet would run it for whoever opens the file."""
    if isinstance(value, dict | list):
        value = orjson.dumps(value).decode()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
