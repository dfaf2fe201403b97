"""Copies artifacts: a file never changes once it is there, so what was copied stays right."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def copy_new(source: Path, target: Path) -> tuple[int, int]:
    """Copy what `target` lacks; return how many files and bytes it then has of `source`."""
    count = size = 0
    for folder, _folders, names in os.walk(source):
        place = target / Path(folder).relative_to(source)
        for name in names:
            original, copy = Path(folder) / name, place / name
            try:
                facts = original.stat()
                if not copy.exists() or copy.stat().st_size != facts.st_size:
                    _copy(original, copy)
            except FileNotFoundError:
                continue  # removed meanwhile, like its row
            count, size = count + 1, size + facts.st_size
    return count, size


def _copy(original: Path, copy: Path) -> None:
    """Whole or not at all: a copy that was interrupted has another name."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    shutil.copy2(original, unfinished)
    unfinished.replace(copy)
