"""Compile `locale/*/LC_MESSAGES/*.po` to what gettext reads, and tell what is untranslated.

The compiled files are not committed and a bare machine has no msgfmt, so this is the whole of it:
`python -m megahub.translations` compiles, and lists each message without a French text.
"""

import ast
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
APPS = (
    "megahub", "brands", "ai_core", "ai_providers", "ai_usage", "ai_training", "ai_notices",
    "ai_schedules",
)  # fmt: skip
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL_CALLS = {"ngettext", "ngettext_lazy"}
CONTEXT_CALLS = {"pgettext", "pgettext_lazy"}
MAGIC = 0x950412DE

Catalog = dict[str, list[str]]  # message (with its context and plural, as gettext keys it) → texts


def main() -> int:
    ensure()
    lost = sorted(missing("fr"))
    for message in lost:
        print(f"no French for: {message!r}")
    return 1 if lost else 0


def ensure() -> bool:
    """Compile each .po that is newer than its .mo; true if there was work to do."""
    stale = [path for path in LOCALE.glob("*/LC_MESSAGES/*.po") if _is_stale(path)]
    for path in stale:
        path.with_suffix(".mo").write_bytes(compiled(read(path)))
    return bool(stale)


def _is_stale(path: Path) -> bool:
    made = path.with_suffix(".mo")
    return not made.exists() or made.stat().st_mtime_ns < path.stat().st_mtime_ns


def read(path: Path) -> Catalog:
    """Read a .po file; entries without a text or marked fuzzy are left out."""
    catalog: Catalog = {}
    for block in re.split(r"\n\s*\n", path.read_text()):
        if re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE):
            continue
        parts = _parts(block)
        texts = [text for keyword, text in parts.items() if keyword.startswith("msgstr")]
        if "msgid" in parts and texts and all(texts):
            catalog[_key(parts)] = texts
    return catalog


def _parts(block: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    keyword = ""
    for line in block.splitlines():
        found = re.match(r'(msg\w+(?:\[\d\])?)?\s*(".*")\s*$', line)
        if line.startswith("#") or not found:
            continue
        keyword = found[1] or keyword
        parts[keyword] = parts.get(keyword, "") + ast.literal_eval(found[2])
    return parts


def _key(parts: dict[str, str]) -> str:
    context = f"{parts['msgctxt']}\x04" if "msgctxt" in parts else ""
    plural = f"\0{parts['msgid_plural']}" if "msgid_plural" in parts else ""
    return f"{context}{parts['msgid']}{plural}"


def compiled(catalog: Catalog) -> bytes:
    """Lay a catalog out as a .mo file: a header, two tables of (length, offset), the texts."""
    pairs = [(key.encode(), "\0".join(texts).encode()) for key, texts in catalog.items()]
    pairs.sort()
    head, width = 28, 8
    offset = head + 2 * width * len(pairs)
    tables, texts = b"", b""
    for column in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[column]), offset + len(texts))
            texts += pair[column] + b"\0"
    second = head + width * len(pairs)
    return struct.pack("<7I", MAGIC, 0, len(pairs), head, second, 0, 0) + tables + texts


def missing(language: str) -> set[str]:
    """Return what our pages and modules say that has no text in this language."""
    known = {key.split("\0")[0] for key in read(LOCALE / language / "LC_MESSAGES" / "django.po")}
    return set(messages()) - known


def messages() -> Iterator[str]:
    """Yield every message of our templates and modules, as gettext keys it."""
    for path in (ROOT / "templates").rglob("*.*"):
        yield from _of_template(path)
    for app in APPS:
        for path in (ROOT / app).rglob("*"):
            if path.suffix == ".html":
                yield from _of_template(path)
            elif path.suffix == ".py" and "migrations" not in path.parts:
                yield from _of_module(path)


def _of_template(path: Path) -> Iterator[str]:
    from django.utils.translation.template import templatize  # noqa: PLC0415 - only to look

    text = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    source = templatize(path.read_text(), origin=str(path))
    for found in re.finditer(rf"\bp?n?gettext\({text}(?:,\s*{text})?|\b_\({text}", source):
        first, second, only = found.groups()
        if found[0].startswith("pgettext"):
            yield f"{ast.literal_eval(first)}\x04{ast.literal_eval(second)}"
        else:
            yield ast.literal_eval(first or only)


def _of_module(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if node.func.id in CALLS | PLURAL_CALLS and words and isinstance(words[0], str):
            yield words[0]
        elif node.func.id in CONTEXT_CALLS:
            yield f"{words[0]!s}\x04{words[1]!s}"


if __name__ == "__main__":
    sys.exit(main())
