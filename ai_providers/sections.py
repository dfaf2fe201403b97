"""What this app shows on a job: `openai_job`, and the calls that were made for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ai_core.sections import Section
from ai_providers.models import OpenAIJob

FIELDS = (
    "model",
    "temperature",
    "max_tokens",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "finish_reason",
    "response_id",
)


def load(job_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    rows = OpenAIJob.objects.filter(job__in=list(job_ids)).values("job_id", *FIELDS)
    return {row.pop("job_id"): row for row in rows}


_COUNT = {"type": ["integer", "null"], "minimum": 0}
OPENAI_JOB = Section(
    name="openai_job",
    load=load,
    schema={
        "type": "object",
        "properties": {
            "model": {"type": "string"},
            "temperature": {"type": ["number", "null"]},
            "max_tokens": _COUNT,
            "prompt_tokens": _COUNT,
            "completion_tokens": _COUNT,
            "total_tokens": _COUNT,
            "finish_reason": {"type": "string"},
            "response_id": {"type": "string"},
        },
    },
)
