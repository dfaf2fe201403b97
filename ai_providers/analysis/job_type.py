"""The job type `content_analysis_by_model` and what its input looks like."""

from __future__ import annotations

from ai_core.execution.registry import JobTypeSpec
from ai_core.executors import given_text
from ai_core.executors.content_analysis import CONTENT_ANALYSIS
from ai_providers.job_types import MODEL_CHOICE, QUEUE

MOST_CHARACTERS = 400_000  # some 115,000 tokens: more than most models read
STAGES = ("measuring", "asking", "report")
_LOCAL = CONTENT_ANALYSIS.input_schema["properties"]

CONTENT_ANALYSIS_BY_MODEL = JobTypeSpec(
    name="content_analysis_by_model",
    description="Reads a text with a language model: keywords, tone, summary and advice; what can "
    "be measured is measured by the hub.",
    category="analysis",
    queue=QUEUE.name,
    estimated_duration_seconds=15,
    stages=STAGES,
    input_schema={
        "type": "object",
        "title": "Content analysis by a model",
        "properties": {
            "text": {**given_text.TEXT, "maxLength": MOST_CHARACTERS},
            "title": _LOCAL["title"],
            "focus_keyword": _LOCAL["focus_keyword"],
            "language": given_text.LANGUAGE,
            "hints_language": given_text.HINTS_LANGUAGE,
            **MODEL_CHOICE,
        },
        "required": ["text"],
        "additionalProperties": False,
    },
)
