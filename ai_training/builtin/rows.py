"""Turns the rows of a dataset into texts to learn: what is given, and what is to be answered."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ai_core.execution.protocol import Failure
from ai_core.statuses import FailureClass

_PAIRS = (("prompt", "completion"), ("question", "answer"), ("input", "output"))


def texts_of(path: Path, format: str) -> list[tuple[str, str]]:
    """Each row as (given, wanted); only what is wanted counts for the loss."""
    found = [text for row in _rows(path, format) if (text := text_of(row)) is not None]
    if not found:
        raise Failure(
            "No row has a text. Name its columns text, prompt and completion, instruction and "
            "output, or messages.",
            code="DATASET_UNUSABLE",
            failure_class=FailureClass.INPUT,
        )
    return found


def text_of(row: Mapping[str, Any]) -> tuple[str, str] | None:
    if row.get("text"):
        return "", str(row["text"])
    if isinstance(row.get("messages"), list):
        return _conversation(row["messages"])
    if row.get("instruction") and row.get("output"):
        given = "\n".join(str(row[name]) for name in ("instruction", "input") if row.get(name))
        return given + "\n", str(row["output"])
    for asked, answered in _PAIRS:
        if row.get(asked) and row.get(answered):
            return str(row[asked]), str(row[answered])
    return None


def _conversation(messages: list[Any]) -> tuple[str, str] | None:
    """All but the last message are given."""
    said = [
        f"{one.get('role', 'user')}: {one.get('content', '')}\n"
        for one in messages
        if isinstance(one, Mapping)
    ]
    return ("".join(said[:-1]), said[-1]) if said else None


def _rows(path: Path, format: str) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if format == "csv":
            yield from csv.DictReader(file)
            return
        for line in file:
            if line.strip():
                row = json.loads(line)
                if isinstance(row, Mapping):
                    yield row
