"""How events look on the wire: `event`, `id` and one line of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

import orjson

KINDS = ("log", "event", "metric", "artifact", "stage", "progress", "status")
HEARTBEAT = b": still here\n\n"
DATABASE_AWAY = b": the database does not answer, trying again\n\n"

_STATUS = ("status", "attempt", "error_code", "deleted")
_PROGRESS = ("progress_percentage", "stage", "substatus", "error_message")


def frame(kind: str, data: Any, *, id: object = "") -> bytes:
    head = f"event: {kind}\nid: {id}\ndata: " if id else f"event: {kind}\ndata: "
    return head.encode() + _json(data) + b"\n\n"


def position(id: object) -> bytes:
    """Move a browser's Last-Event-ID without an event."""
    return f"id: {id}\n\n".encode()


def retry(milliseconds: int) -> bytes:
    """Say after how long a client that lost us may come back."""
    return f"retry: {milliseconds}\n\n".encode()


def _json(data: Any) -> bytes:
    return orjson.dumps(data, default=str, option=orjson.OPT_PASSTHROUGH_DATETIME)


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON takes it; times as everywhere in the API."""
    return {
        name: moment(value) if isinstance(value, datetime) else value for name, value in row.items()
    }


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")  # the session's zone is UTC


def job(row: Mapping[str, Any]) -> dict[str, Any]:
    """The few fields that a poller gets, for `status`, `progress` and `end`."""
    return shown({k: v for k, v in row.items() if k not in ("stopping", "deleted")})


def digest(value: Any) -> int:
    """Tell whether something is shown already; never zero, which means nothing was."""
    return crc32(_json(value)) or 1


def status_digest(row: Mapping[str, Any]) -> int:
    return digest([row[name] for name in _STATUS])


def progress_digest(row: Mapping[str, Any]) -> int:
    return digest([row[name] for name in _PROGRESS])


def artifacts_digest(rows: Sequence[Mapping[str, Any]], *, until: int) -> int:
    seen = [[row["id"], row["sha256"], row["is_partial"]] for row in rows if row["id"] <= until]
    return digest(seen) if seen else 0
