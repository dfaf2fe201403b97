"""OVH names a job by a UUID: it is the same 128 random bits that our `job_id` shows."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

_PREFIX = "ai_job_"


def uuid_of(job_id: str) -> str:
    text = job_id.removeprefix(_PREFIX).upper()
    return str(UUID(bytes=base64.b32decode(text + "=" * (-len(text) % 8))))


def job_id_of(reference: str) -> str:
    """Return our `job_id` for OVH's UUID; our own references pass as they are."""
    try:
        return _PREFIX + base64.b32encode(UUID(reference).bytes).decode().rstrip("=").lower()
    except (ValueError, binascii.Error):
        return reference
