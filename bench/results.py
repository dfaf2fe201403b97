"""Puts figures side by side: medians, spread and ratios, on the screen and into a file."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Result:
    id: str
    what: str
    value: float
    target: str
    met: bool | None
    spread: str


def median(figures: Sequence[float]) -> float:
    return statistics.median(figures)


def spread(figures: Sequence[float], digits: int = 0) -> str:
    return f"{min(figures):.{digits}f}–{max(figures):.{digits}f}"


def table(title: str, unit: str, rows: dict[str, list[float]], digits: int = 0) -> str:
    """Return a Markdown table of one question: system, median, spread, ratio to us."""
    ours = median(rows["megahub"])
    lines = [
        f"\n### {title} ({unit})\n",
        "| system | median | spread | megahub ÷ it |",
        "| --- | --: | --: | --: |",
    ]
    for name, figures in rows.items():
        ratio = f"{ours / median(figures):.2f}" if figures and median(figures) else "–"
        lines.append(
            f"| {name} | {median(figures):.{digits}f} | {spread(figures, digits)} | {ratio} |"
        )
    return "\n".join(lines)


def save(name: str, results: Sequence[Result]) -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(
        json.dumps([asdict(result) for result in results], indent=1, ensure_ascii=False) + "\n"
    )
