"""Environments of the systems that we measure ourselves against, made when a bench needs them."""

import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / ".peers"

PACKAGES = {
    "litellm": ["litellm[proxy]==1.106.2"],
    "procrastinate": ["procrastinate==3.*", "psycopg[binary,pool]"],
    "celery": ["celery[redis]==5.*", "packaging", "psycopg[binary,pool]"],
    "django-celery-results": [
        "celery[redis]==5.*",
        "packaging",
        "django==5.2.*",
        "django-celery-results",
        "psycopg[binary,pool]",
        "dj-database-url",
    ],
}


def python_of(peer: str) -> str:
    """Return the interpreter of a peer's environment, after making it if it is not there."""
    home = FOLDER / peer
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print(f"installing {peer} for comparison", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES[peer]], check=True)
        (home / "ready").touch()
    return str(python)
