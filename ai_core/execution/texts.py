"""What PostgreSQL and a reader can take of a text that an executor wrote."""

LONGEST_LINE = 10_000
CUT = " … (cut)"


def clean(text: str) -> str:
    """Keep all that can be kept: no NUL, no lone surrogates, no endless line."""
    kept = _storable(text)
    return kept if len(kept) <= LONGEST_LINE else kept[:LONGEST_LINE] + CUT


def short(text: str, longest: int) -> str:
    """The same for a column of limited width."""
    return _storable(text[:longest])


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
