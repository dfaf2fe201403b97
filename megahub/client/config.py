"""Where the hub is and which key opens it: the environment first, then a file of the user's."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from megahub.client.exits import Exit, Stop

DEFAULT_URL = "http://127.0.0.1:8000"
_READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Config:
    url: str
    api_key: str
    brand: str = ""


def path_of(environ: Mapping[str, str]) -> Path:
    home = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "megahub" / "config.toml"


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read MEGAHUB_URL, MEGAHUB_API_KEY and MEGAHUB_BRAND, else `url`, `api_key` and `brand`."""
    given = os.environ if environ is None else environ
    path = path_of(given)
    kept = _read(path)
    found = {
        name: str(given.get(f"MEGAHUB_{name.upper()}") or kept.get(name, ""))
        for name in ("url", "api_key", "brand")
    }
    url = (found["url"] or DEFAULT_URL).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise Stop(f"The address {url!r} must begin with http:// or https://.", Exit.USAGE)
    if not found["api_key"]:
        raise Stop(
            'No API key: set MEGAHUB_API_KEY, or write `api_key = "mh_…"` into '
            f"{path}. `manage.py api_key create` makes one.",
            Exit.USAGE,
        )
    return Config(url=url, api_key=found["api_key"], brand=found["brand"])


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"{path} cannot be read: {error}.", Exit.USAGE) from None
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Stop(f"{path} is not TOML: {error}.", Exit.USAGE) from None
    if "api_key" in found and mode & _READABLE_BY_OTHERS:
        print(f"megahub: others can read the key in {path}: chmod 600 it.", file=sys.stderr)
    return found
