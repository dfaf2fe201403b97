"""A message as Slack's incoming webhooks take it (Mattermost and others do, too)."""

from __future__ import annotations

import orjson

from ai_notices import kinds, wording
from ai_notices.models import Message

_SIGNS = {
    "job.completed": "✅", "job.failed": "❌", "job.timeout": "⏱", "job.cancelled": "🚫",
    "job.started": "▶️", "job.paused": "⏸", "job.queue_position": "⏳",
}  # fmt: skip
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "¦"})


def body_of(message: Message, *, language: str) -> bytes:
    title, detail, address = wording.in_language(language, message)
    sign = _SIGNS.get(message.kind, "" if message.kind == kinds.TEST else "⚠️")
    line = f"{sign} <{address}|{title.translate(_ESCAPED)}>".strip()
    about = " · ".join(part for part in (message.brand.name, detail) if part)
    return orjson.dumps({"text": f"{line}\n{about.translate(_ESCAPED)}"})
