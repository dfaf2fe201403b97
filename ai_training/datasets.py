"""Datasets: a file is read once, line by line, and kept with what was found in it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from django.contrib.auth.models import User
from django.core.files.base import File
from django.core.files.storage import default_storage

from ai_training import catalogue
from ai_training.models import Dataset
from brands.models import Brand

PREVIEW_ROWS = 5
MOST_PROBLEMS = 20
MOST_COLUMNS = 200
LONGEST_LINE = 2**20
LONGEST_CELL = 2_000


@dataclass
class Reading:
    """What a file holds."""

    rows: int = 0
    columns: list[str] = field(default_factory=list)
    preview: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.problems) >= MOST_PROBLEMS

    def add(self, row: dict[str, Any]) -> None:
        self.rows += 1
        if len(self.preview) < PREVIEW_ROWS:
            self.preview.append({str(k)[:100]: _shown(v) for k, v in list(row.items())[:50]})
        for name in row:
            if name not in self.columns and len(self.columns) < MOST_COLUMNS:
                self.columns.append(str(name)[:100])


def _shown(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"


def store(
    source: IO[bytes], *, brand: Brand, user: User | None, name: str, format: str, **facts: Any
) -> Dataset:
    """Keep an uploaded file with what is in it; one that cannot be read is kept as invalid."""
    reading = read(source, format)
    source.seek(0)
    digest, size = _measured(source)
    source.seek(0)
    wanted = f"{brand.pk}/datasets/{secrets.token_hex(12)}.{format}"
    path = default_storage.save(wanted, File(source, name="dataset"))
    dataset = Dataset(
        brand=brand,
        created_by=user,
        name=name,
        format=format,
        state=Dataset.State.INVALID if reading.problems else Dataset.State.VALID,
        path=path,
        size=size,
        sha256=digest,
        rows=reading.rows,
        columns=reading.columns,
        preview=reading.preview,
        problems=reading.problems,
        **facts,
    )
    try:
        return catalogue.add(dataset)
    except BaseException:
        default_storage.delete(path)
        raise


def refer(
    *, brand: Brand, user: User | None, name: str, format: str, reference: str, **facts: Any
) -> Dataset:
    """Note a dataset that lies elsewhere; only its runner will open it."""
    state = Dataset.State.UNSEEN
    return catalogue.add(
        Dataset(
            brand=brand, created_by=user, name=name, format=format, reference=reference,
            state=state, **facts,
        )
    )  # fmt: skip


def read(source: IO[bytes], format: str) -> Reading:
    reading = Reading()
    try:
        reader = _json_lines if format == Dataset.Format.JSONL else _csv
        for row in reader(source, reading):
            reading.add(row)
    except UnicodeDecodeError as error:
        reading.problems.append(f"The file is not UTF-8 (near byte {error.start} of a line).")
    except csv.Error as error:
        reading.problems.append(f"The file is not CSV: {error}.")
    if not reading.rows and not reading.problems:
        reading.problems.append("The file has no rows.")
    return reading


def _json_lines(source: IO[bytes], reading: Reading) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_lines(source, reading), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except json.JSONDecodeError as error:
            reading.problems.append(f"Line {number} is not JSON: {error.msg}.")
            row = None
        except RecursionError:
            reading.problems.append(f"Line {number} is nested too deeply.")
            row = None
        else:
            if not isinstance(row, dict):
                reading.problems.append(f"Line {number} is not an object.")
            elif "\\u0000" in line.decode():
                reading.problems.append(f"Line {number} contains NUL.")
            else:
                yield row
        if reading.is_full:
            return


def _csv(source: IO[bytes], reading: Reading) -> Iterator[dict[str, Any]]:
    text = (
        line.decode("utf-8" if number else "utf-8-sig")
        for number, line in enumerate(_lines(source, reading))
    )
    lines = csv.reader(text, strict=True)
    head = next(lines, None)
    if head is None:
        return
    if len(set(head)) != len(head) or not all(name.strip() for name in head):
        reading.problems.append("The first line must name every column, each once.")
        return
    for number, cells in enumerate(lines, start=2):
        if len(cells) != len(head):
            reading.problems.append(f"Line {number} has {len(cells)} cells, not {len(head)}.")
        elif any("\0" in cell for cell in cells):
            reading.problems.append(f"Line {number} contains NUL.")
        else:
            yield dict(zip(head, cells, strict=True))
        if reading.is_full:
            return


def _lines(source: IO[bytes], reading: Reading) -> Iterator[bytes]:
    """Lines of a bounded length, so that no file fills the memory."""
    number = 0
    while line := source.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            reading.problems.append(f"Line {number} is longer than {LONGEST_LINE} bytes.")
            return
        yield line


def _measured(source: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(2**20):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def text_source(content: str) -> IO[bytes]:
    return io.BytesIO(content.encode())
