"""The evidence of a job in one document: what was asked, done, paid, left, and by whom (BEY-09).

The digest is SHA-256 over everything else as canonical JSON (sorted keys, no spaces, UTF-8), so
that whoever keeps the file can show later that it is the one that was taken.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from ai_core import rows
from ai_core.models import AIJob, Artifact, JobEvent
from ai_core.told import tell
from brands.access import Access
from brands.audit import reading
from brands.audit.models import AuditEntry
from brands.moments import written

VERSION = 1
MOST = 10_000


def of(job: AIJob, access: Access) -> dict[str, Any]:
    """Take the evidence; that it was taken is an entry of the trail itself."""
    tell("evidence_taken", job, user=access.user)
    events, is_cut = _events(job)
    document = {
        "evidence_version": VERSION,
        "taken_at": written(datetime.now(UTC)),
        "taken_by": access.user.get_username(),
        "job": rows.details([job.pk])[0].as_dict(),
        "history": events,
        "history_is_cut": is_cut,
        "artifacts": _artifacts(job),
        "audit": _audit(job, access),
    }
    plain = json.loads(rows.json_text(document))
    return {**plain, "digest": {"algorithm": "sha256", "value": digest(plain)}}


def digest(document: dict[str, Any]) -> str:
    """The digest of a document of evidence, whether it carries one already or not."""
    bare = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _events(job: AIJob) -> tuple[list[dict[str, Any]], bool]:
    names = ("id", "at", "type", "attempt", "old_status", "new_status", "message", "payload")
    found = JobEvent.objects.filter(job=job).order_by("id")
    events = list(found.values(*names, "actor__username")[: MOST + 1])
    for event in events:
        event["actor"] = event.pop("actor__username")
    return events[:MOST], len(events) > MOST


def _artifacts(job: AIJob) -> list[dict[str, Any]]:
    names = (
        "name", "kind", "attempt", "size", "content_type", "sha256", "is_partial", "created_at",
    )  # fmt: skip
    return list(Artifact.objects.filter(job=job).values(*names))


def _audit(job: AIJob, access: Access) -> list[dict[str, Any]]:
    """From where colleagues came is for managers."""
    found = AuditEntry.objects.for_brand(job.brand).filter(kind="job", object_id=str(job.pk))
    facts = [reading.as_fact(entry) for entry in found.order_by("id")[:MOST]]
    if not access.can_manage:
        facts = [{**fact, "address": None} for fact in facts]
    return facts
