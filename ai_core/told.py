"""Writes into the audit trail what people do to jobs; what the hub does by itself, events tell."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction

from ai_core.models import AIJob
from brands.audit import circumstances, trail
from brands.audit.models import Door

Verb = Callable[..., AIJob]
_CONTENT = frozenset({"input_data"})  # a customer's text has no place in the trail


def told(action: str) -> Callable[[Verb], Verb]:
    """Make a verb leave an entry, in its own transaction, when it is somebody who acts."""

    def around(verb: Verb) -> Verb:
        @wraps(verb)
        def doing(job: AIJob, *, user: Any = None, **details: Any) -> AIJob:
            if user is None:
                return verb(job, user=None, **details)
            with transaction.atomic():
                done = verb(job, user=user, **details)
                tell(action, job, user=user, facts=details)
            return done

        return doing

    return around


def tell(action: str, job: AIJob, *, user: Any, facts: dict[str, Any] | None = None) -> None:
    said = {
        name: "replaced" if name in _CONTENT else value
        for name, value in (facts or {}).items()
        if value not in (None, "")
    }
    trail.record(f"job.{action}", on=job, name=job.job_id, user=user, changes=said)


def is_by_hand() -> bool:
    """Does a person at the browser ask? The jobs of programs tell by themselves who made them."""
    return circumstances.current().door in (Door.BROWSER, Door.ADMIN)
