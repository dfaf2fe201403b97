"""`text_summary`: the most telling sentences of a text, quoted in their order."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from ai_core.execution.protocol import Analysis, Context, Draft, Executor, Way
from ai_core.execution.registry import JobTypeSpec
from ai_core.executors import given_text
from ai_core.text import summarise
from ai_core.text.analysis import SUMMARY_STEPS

SECONDS_A_CHARACTER = 0.8e-6


class TextSummary(Executor):
    """Chooses sentences, it writes none: what it returns stands in the text word for word."""

    name = "text_summary"
    way = Way.THREAD

    def check(self, draft: Draft) -> None:
        given_text.must_have_words(draft.input_data)

    def analyse(self, draft: Draft) -> Analysis:
        return given_text.analysis_of(draft.input_data, seconds_a_character=SECONDS_A_CHARACTER)

    def run(self, ctx: Context) -> dict[str, Any]:
        wanted = ctx.input
        with given_text.refusals():
            result = summarise(
                wanted["text"],
                sentences=wanted.get("sentences"),
                max_characters=wanted.get("max_characters"),
                language=given_text.language_of(wanted),
                hints_language=wanted.get("hints_language"),
                on_step=given_text.Follow(ctx, share=99),
                check=ctx.check,
            )
        given_text.tell_notes(ctx, result)
        ctx.log(f"{result['sentence_count']} of {result['of_sentences']} sentences kept")
        return result


TEXT_SUMMARY = JobTypeSpec(
    name="text_summary",
    description=gettext_noop("Shortens a text to its most telling sentences, word for word."),
    category="analysis",
    estimated_duration_seconds=1,
    timeout_seconds=60,
    stages=SUMMARY_STEPS,
    input_schema={
        "type": "object",
        "title": gettext_noop("Summary"),
        "properties": {
            "text": given_text.TEXT,
            "sentences": {
                "type": "integer",
                "title": gettext_noop("Sentences"),
                "description": gettext_noop("How many at most; empty: what suits the text."),
                "minimum": 1,
                "maximum": 60,
            },
            "max_characters": {
                "type": "integer",
                "title": gettext_noop("Characters at most"),
                "minimum": 20,
                "maximum": 100_000,
            },
            "language": given_text.LANGUAGE,
            "hints_language": given_text.HINTS_LANGUAGE,
        },
        "required": ["text"],
        "additionalProperties": False,
    },
)
