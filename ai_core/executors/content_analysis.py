"""`content_analysis`: language, keywords, readability, structure, tone and hints of a text.

It runs in a thread: an ordinary text takes some 50 ms, less than a process costs to fork, and the
engine asks every few hundred sentences whether it is to stop (0.4 s at the most for a megabyte).
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from ai_core.execution.protocol import Analysis, Context, Draft, Executor, Way
from ai_core.execution.registry import JobTypeSpec
from ai_core.executors import given_text
from ai_core.executors.analysis_report import report_of
from ai_core.text import analyse
from ai_core.text.analysis import ANALYSIS_STEPS

REPORT_STAGE = "report"
SECONDS_A_CHARACTER = 3.5e-6


class ContentAnalysis(Executor):
    """Reads a French or English text and says what it is about and how to make it better."""

    name = "content_analysis"
    way = Way.THREAD

    def check(self, draft: Draft) -> None:
        given_text.must_have_words(draft.input_data)

    def analyse(self, draft: Draft) -> Analysis:
        return given_text.analysis_of(draft.input_data, seconds_a_character=SECONDS_A_CHARACTER)

    def run(self, ctx: Context) -> dict[str, Any]:
        wanted = ctx.input
        follow = given_text.Follow(ctx, share=95)
        with given_text.refusals():
            result = analyse(
                wanted["text"],
                language=given_text.language_of(wanted),
                title=wanted.get("title"),
                focus_keyword=wanted.get("focus_keyword"),
                hints_language=wanted.get("hints_language"),
                on_step=follow,
                check=ctx.check,
            )
        given_text.tell_notes(ctx, result)
        _tell_findings(ctx, result)
        ctx.stage(REPORT_STAGE)
        ctx.progress(96)
        ctx.artifact(
            "report.md", report_of(result), content_type="text/markdown; charset=utf-8",
            kind="report",
        )  # fmt: skip
        return result


def _tell_findings(ctx: Context, result: dict[str, Any]) -> None:
    keywords = ", ".join(row["text"] for row in result["keywords"][:5])
    ctx.log(f"{result['readability']['words']} words in {result['language']['name']['en']}")
    ctx.log(f"keywords: {keywords or 'none'}")
    ctx.log(f"{len(result['seo']['hints'])} hints from {result['seo']['checks']} checks")


CONTENT_ANALYSIS = JobTypeSpec(
    name="content_analysis",
    description=gettext_noop(
        "Reads a text: language, keywords, readability, structure, tone and hints."
    ),
    category="analysis",
    estimated_duration_seconds=1,
    timeout_seconds=60,
    stages=(*ANALYSIS_STEPS, REPORT_STAGE),
    input_schema={
        "type": "object",
        "title": gettext_noop("Content analysis"),
        "properties": {
            "text": given_text.TEXT,
            "title": {
                "type": "string",
                "title": gettext_noop("Title"),
                "description": gettext_noop("The page's title, if the text does not contain it."),
                "maxLength": 500,
            },
            "focus_keyword": {
                "type": "string",
                "title": gettext_noop("Focus keyword"),
                "description": gettext_noop("The words that readers should find this text by."),
                "maxLength": 200,
            },
            "language": given_text.LANGUAGE,
            "hints_language": given_text.HINTS_LANGUAGE,
        },
        "required": ["text"],
        "additionalProperties": False,
    },
)
