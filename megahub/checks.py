"""`python -m megahub.checks`: every check that needs no test run; all of them run, then it tells.

`make check` calls it. Nothing is changed, and no service has to run: the two Django commands get
embedded ones of their own.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from megahub.embedded import Postgres
from megahub.guardian import Guardian

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
CHECKS: dict[str, Sequence[str]] = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy", "."],
    "imports": ["lint-imports"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "deploy": ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "advisories": ["python", "-m", "megahub.advisories"],
    "templates": ["djade", "--check", "--target-version", "5.2"],
}
TELLING = {"advisories"}  # what it could not find out is worth a line, too


def main() -> int:
    """Run all checks; return 1 when one fails."""
    with tempfile.TemporaryDirectory(prefix="megahub-checks-") as folder:
        guard = Guardian()
        postgres = Postgres(Path(folder), guard=guard, durable=False)
        try:
            environment = _as_in_production(postgres.start(), Path(folder))
            failed = [name for name in CHECKS if not _passes(name, environment)]
        finally:
            postgres.stop()
            guard.close()
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _passes(name: str, environment: Mapping[str, str]) -> bool:
    command = list(CHECKS[name])
    command[0] = str(PROGRAMS / command[0])
    if name == "templates":
        command += [str(path) for path in _templates()]
    begun = time.monotonic()
    # Its output is shown only when it has something to say.
    done = subprocess.run(  # noqa: S603
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    print(f"{'ok    ' if passed else 'FAILED'} {name} ({time.monotonic() - begun:.1f} s)")
    if not passed or name in TELLING:
        print(done.stdout.rstrip())
    return passed


def _templates() -> list[Path]:
    return sorted(
        path
        for path in ROOT.glob("**/templates/**/*.html")
        if not {".venv", "node_modules", ".peers"} & set(path.parts)
    )


def _as_in_production(database_url: str, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "MEGAHUB_DATA": str(folder),
        "MEGAHUB_SECRET_KEY": secrets.token_urlsafe(64),
        "MEGAHUB_HOSTS": "hub.example.com",
        "MEGAHUB_HTTPS": "1",
        "MEGAHUB_DEBUG": "0",
    }


if __name__ == "__main__":
    sys.exit(main())
