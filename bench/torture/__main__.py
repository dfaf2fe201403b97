"""`make torture`: jobs, workers, sweepers and users under chaos; then what must hold, as SQL.

SEED, JOBS, SECONDS and LEASE come from the environment. Exit code 0: nothing was broken.
"""

import os
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from megahub.embedded import Postgres, Valkey
from megahub.guardian import Guardian

BRANDS = ("owls", "foxes", "hares")


def main() -> int:
    seed = int(os.environ.get("SEED") or secrets.randbelow(10_000))
    jobs = int(os.environ.get("JOBS") or 2500)
    seconds = float(os.environ.get("SECONDS") or 60)
    lease = float(os.environ.get("LEASE") or 1.5)
    folder = Path(tempfile.mkdtemp(prefix="megahub-torture-"))
    guard = Guardian()
    guard.remove_afterwards(folder)
    postgres, valkey = Postgres(folder, guard=guard), Valkey(folder, guard=guard)
    try:
        _prepare(folder, postgres.start(), valkey.start())
        from bench.torture.trial import Trial

        trial = Trial(folder, guard, postgres, valkey, seed=seed, lease=lease)
        return trial.run(jobs=jobs, seconds=seconds)
    finally:
        if os.environ.get("KEEP_LOGS"):
            shutil.copytree(folder, os.environ["KEEP_LOGS"], ignore=_not_logs, dirs_exist_ok=True)
        postgres.stop()
        valkey.stop()
        guard.close()


def _not_logs(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".log")]


def _prepare(folder: Path, database: str, broker: str) -> None:
    os.environ.update(
        DATABASE_URL=database,
        REDIS_URL=broker,
        MEGAHUB_DATA=str(folder / "data"),
        MEGAHUB_SECRET_KEY=secrets.token_urlsafe(48),
        MEGAHUB_OUTBOUND_ALLOW="127.0.0.1",  # those who are told of the ends
        DJANGO_SETTINGS_MODULE="bench.torture.settings",
    )
    (folder / "data").mkdir()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from brands.models import Brand

    for slug in BRANDS:
        Brand.objects.get_or_create(slug=slug, defaults={"name": slug.title()})


if __name__ == "__main__":
    begun = time.monotonic()
    code: Any = main()
    print(f"{time.monotonic() - begun:.0f} s in all")
    sys.exit(code)
