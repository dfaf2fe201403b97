"""`make bench`: every bench in turn, then one list of all figures and the table in the docs.

BENCH_QUICK=1 takes the short form of each. A bench that fails is named and the others still run;
names as arguments choose (`python -m bench start api`), and the rest keeps its last figures.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import results

BENCHES = ("start", "jobs", "jobs.growing", "api", "gateway", "reads", "streams", "training")
DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures of the last `make bench` -->", "<!-- end of figures -->"
WORDS = {True: "met", False: "**missed**", None: ""}


def main(chosen: list[str]) -> int:
    unknown = set(chosen) - set(BENCHES)
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
        return 2
    failed = [name for name in chosen or BENCHES if not _runs(name)]
    figures = sorted(_collected(), key=lambda one: (one["id"], one["what"]))
    (results.FOLDER / "latest.json").write_text(
        json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    )
    _write_table(figures)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _runs(name: str) -> bool:
    print(f"\n== bench-{name}", flush=True)
    return subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode == 0


def _collected() -> list[dict[str, Any]]:
    found = []
    for path in sorted(results.FOLDER.glob("*.json")):
        if path.stem != "latest":
            found += json.loads(path.read_text())
    return found


def _write_table(figures: list[dict[str, Any]]) -> None:
    lines = [
        f"{BEGIN}\n",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}.\n",
        "| | what | figure | target | | spread |",
        "| --- | --- | --: | --: | --- | --- |",
    ]
    for one in figures:
        cells = (one["id"], one["what"], f"{one['value']:g}", one["target"], WORDS[one["met"]])
        lines.append(f"| {' | '.join(cells)} | {one['spread']} |")
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2] if rest else "\n"
    DOCUMENT.write_text(f"{before.rstrip()}\n\n" + "\n".join(lines) + f"\n\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
