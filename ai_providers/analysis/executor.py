"""Runs `content_analysis_by_model`: measures, asks, checks the answer, and never makes one up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ai_core.execution.protocol import Context, Draft, Failure, Parked
from ai_core.executors import given_text
from ai_core.executors.analysis_report import report_of
from ai_core.models import AIJob
from ai_core.statuses import FailureClass
from ai_core.text import analyse
from ai_core.text.analysis import ENGINE
from ai_providers import routes
from ai_providers.analysis import answer, report
from ai_providers.analysis.job_type import STAGES
from ai_providers.analysis.question import language_of_answer, question_of
from ai_providers.asking import Answer, ChatRequest
from ai_providers.calls import Asker
from ai_providers.completing import complete
from ai_providers.executors import LOOK_AGAIN_SECONDS, LanguageModel, result_of
from ai_providers.refusals import ModelUnknown, PriceUnknown, QuotaExceeded

MEASURING, ASKING, REPORT = STAGES
TIMES = 2  # an answer of the wrong shape is sent back once
_AGAIN = "That was not valid: {wrong}\nAnswer again with the corrected JSON object only."
_KEPT = ("finish_reason", "model", "provider", "response_id", "usage")


class ContentAnalysisByModel(LanguageModel):
    """A model reads the text; the hub measures it, and checks what the model says."""

    name = "content_analysis_by_model"

    def check(self, draft: Draft) -> None:
        given_text.must_have_words(draft.input_data)
        super().check(draft)

    def run(self, ctx: Context) -> dict[str, Any]:
        job = AIJob.objects.select_related("brand", "job_type").get(job_id=ctx.job_id)
        asker = Asker(job=job, brand=job.brand, attempt=ctx.attempt, reporter=ctx)
        ctx.stage(MEASURING)
        measured = _measured(ctx)
        request, engine_too = _split(job, question_of(ctx.input))
        ctx.progress(20)
        ctx.stage(ASKING)
        result = self._read(ctx, asker, request, measured=measured, engine_too=engine_too)
        ctx.stage(REPORT)
        ctx.artifact(
            "report.md", report_of(result), content_type="text/markdown; charset=utf-8",
            kind="report",
        )  # fmt: skip
        return result

    def _read(
        self,
        ctx: Context,
        asker: Asker,
        request: ChatRequest | None,
        *,
        measured: dict[str, Any],
        engine_too: bool,
    ) -> dict[str, Any]:
        """The model's reading, or the hub's own where the job allows that, labelled so."""
        if request is None:
            ctx.log(f"{ENGINE}, the hub's own engine, reads the text: no model was asked.")
            return report.own(measured)
        try:
            return _asked(ctx, asker, request, measured)
        except (QuotaExceeded, PriceUnknown) as refusal:
            wish = ctx.input.get("on_quota", "fail")
            if wish == "park" and isinstance(refusal, QuotaExceeded):
                wait = min(refusal.seconds, LOOK_AGAIN_SECONDS)
                raise Parked("quota", seconds=wait, message=str(refusal)) from None
            if wish != "degrade" and not engine_too:
                raise Failure(
                    str(refusal), code=refusal.code, failure_class=FailureClass.QUOTA
                ) from None
            return _degraded(ctx, measured, refusal.code, str(refusal))
        except Failure as failure:
            if not engine_too or failure.failure_class == FailureClass.INPUT:
                raise
            return _degraded(ctx, measured, failure.code, failure.message)


def _split(job: AIJob, request: ChatRequest) -> tuple[ChatRequest | None, bool]:
    """Take the hub's own engine out of the chain: it answers no prompt, it reads the text."""
    try:
        chain = routes.find(job.brand, request.model, *request.fallbacks)
    except ModelUnknown as error:
        raise Failure(str(error), code=error.code, failure_class=FailureClass.INPUT) from None
    asked = [route for route in chain if not route.is_engine]
    if not asked or chain[0].is_engine:
        return None, True
    first, *others = (str(route) for route in asked)
    return replace(request, model=first, fallbacks=tuple(others)), len(asked) < len(chain)


def _measured(ctx: Context) -> dict[str, Any]:
    wanted = ctx.input
    with given_text.refusals():
        return analyse(
            wanted["text"],
            language=given_text.language_of(wanted),
            title=wanted.get("title"),
            focus_keyword=wanted.get("focus_keyword"),
            hints_language=language_of_answer(wanted),
            check=ctx.check,
        )


def _asked(
    ctx: Context, asker: Asker, request: ChatRequest, measured: dict[str, Any]
) -> dict[str, Any]:
    """Ask until the answer has the right shape, twice at the most; else fail and say why."""
    wrong = ""
    for time in range(TIMES):
        found = _answered(ctx, asker, request)
        facts = result_of(asker.job, found)
        try:
            read = answer.read(found.text)
        except answer.Unreadable as error:
            wrong = _why(error, found, request)
            ctx.log(f"The answer of {facts['provider']}/{facts['model']} is no use: {wrong}",
                    "warning")  # fmt: skip
            ctx.progress(40 + 20 * time)
            request = _once_more(request, found, wrong)
            continue
        model = f"{facts['provider']}/{facts['model']}"
        kept = {name: facts[name] for name in _KEPT}
        return report.joined(measured, read, model=model, text=ctx.input["text"]) | kept
    raise Failure(
        f"The model's answer is not the JSON that was asked for: {wrong} "
        "Choose another model, or content_analysis, which needs none.",
        code="ANSWER_UNREADABLE",
        failure_class=FailureClass.PROVIDER_REFUSED,
    )


def _answered(ctx: Context, asker: Asker, request: ChatRequest) -> Answer:
    """Some servers refuse `response_format`: the messages ask for JSON as well."""
    try:
        return complete(asker, request, seconds=_seconds(asker.job), on_stop=ctx.on_stop)
    except Failure as failure:
        if failure.failure_class != FailureClass.INPUT:
            raise
        plain = replace(request, as_json=False)
        return complete(asker, plain, seconds=_seconds(asker.job), on_stop=ctx.on_stop)


def _why(error: Exception, found: Answer, request: ChatRequest) -> str:
    if found.finish_reason == "length":
        return f"It was cut off at max_tokens ({request.max_tokens}): allow more."
    return str(error)


def _once_more(request: ChatRequest, found: Answer, wrong: str) -> ChatRequest:
    said = [
        {"role": "assistant", "content": found.text[:20_000] or "{}"},
        {"role": "user", "content": _AGAIN.format(wrong=wrong)},
    ]
    return replace(request, messages=[*request.messages[:2], *said])


def _seconds(job: AIJob) -> float:
    if job.deadline_at is None:
        return float(job.timeout_seconds)
    return (job.deadline_at - datetime.now(UTC)).total_seconds()


def _degraded(ctx: Context, measured: dict[str, Any], code: str, said: str) -> dict[str, Any]:
    ctx.log(f"{said} The hub's own engine reads the text instead.", "warning")
    ctx.event("warning", "degraded", {"because": code, "detail": said})
    return report.own(measured) | {"degraded": {"because": code, "detail": said}}
