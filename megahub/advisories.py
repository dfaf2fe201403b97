"""`python -m megahub.advisories`: is something that we install known to be unsafe?

pip-audit asks for it. Where its source cannot be reached nothing is known: that is said, and is no
failure, so that a machine without a network can still check everything else.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LISTS = ("run.txt", "dev.txt")
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
SECONDS = 120
# Advisories that do not concern us, each with the reason.
ANSWERED: dict[str, str] = {}


def main() -> int:
    found: list[str] = []
    unasked = 0
    for name in LISTS:
        report = _asked(REQUIREMENTS / name)
        if report is None:
            print(f"advisories: their source cannot be reached, so {name} was not looked at")
            unasked += 1
            continue
        found += troubles(report)
    for line in found:
        print(line)
    if not found and not unasked:
        print("advisories: none")
    return 1 if found else 0


def _asked(path: Path) -> dict[str, Any] | None:
    command = [
        str(Path(sys.executable).parent / "pip-audit"), "-r", str(path), "--require-hashes",
        "--disable-pip", "--progress-spinner", "off", "--format", "json",
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        report = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return report if was_answered(report) else None


def was_answered(report: dict[str, Any]) -> bool:
    """Of a package that could not be looked up, pip-audit says only why it was skipped."""
    return any("vulns" in one for one in report.get("dependencies", []))


def troubles(report: dict[str, Any]) -> list[str]:
    return [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw.get('fix_versions', [])) or 'no version yet'}"
        for one in report.get("dependencies", [])
        for flaw in one.get("vulns", [])
        if flaw["id"] not in ANSWERED
    ]


if __name__ == "__main__":
    sys.exit(main())
