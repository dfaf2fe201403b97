"""Runs the jobs of language models: asks, waits, and says what to do when a limit is reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from ai_core.execution.protocol import Analysis, Context, Draft, Executor, Failure, Parked, Way
from ai_core.models import AIJob
from ai_core.pricing import CURRENCY
from ai_core.statuses import FailureClass
from ai_providers import prices, questions, quotas, routes, tokens
from ai_providers.asking import Answer, ChatRequest, TokenUse
from ai_providers.calls import Asker
from ai_providers.completing import complete
from ai_providers.models import ProviderCall
from ai_providers.refusals import ModelUnknown, PriceUnknown, QuotaExceeded

LOOK_AGAIN_SECONDS = 900  # a parked job notices within this time that its limit was raised


class LanguageModel(Executor):
    """Asks a provider, or the hub's own engine."""

    name = "language_model"
    way = Way.THREAD

    def check(self, draft: Draft) -> None:
        """Refuse an unknown model, and what has no chance under this month's limits."""
        request = questions.request_of(draft.job_type, draft.input_data)
        chain = routes.find(draft.brand, request.model, *request.fallbacks)
        if draft.input_data.get("on_quota", "fail") != "fail":
            return
        refusal: QuotaExceeded | PriceUnknown | None = None
        for route in chain:
            if route.kind.is_free:
                return
            try:
                quotas.foresee(draft.brand, route.provider, _need(draft, route, request))
            except (QuotaExceeded, PriceUnknown) as error:
                refusal = refusal or error
            else:
                return
        if refusal is not None:
            raise refusal

    def analyse(self, draft: Draft) -> Analysis:
        """Say who would answer, with how many tokens, for how much."""
        request = questions.request_of(draft.job_type, draft.input_data)
        try:
            chain = routes.find(draft.brand, request.model, *request.fallbacks)
        except ModelUnknown as error:
            return Analysis(problems={"input_data.model": [str(error)]})
        route = chain[0]
        prompt, answer = tokens.expected(request)
        low = _price(draft, route, TokenUse(prompt=prompt, completion=0))
        high = _price(draft, route, TokenUse(prompt=prompt, completion=answer))
        found = Analysis(
            facts={
                "provider": route.name,
                "model": route.model,
                "prompt_tokens": prompt,
                "most_completion_tokens": answer,
                "fallbacks": [str(other) for other in chain[1:]],
            },
            cost_low=None if low is None else f"{low:.6f}",
            cost_high=None if high is None else f"{high:.6f}",
            currency=CURRENCY,
        )
        try:
            self.check(draft)
        except (QuotaExceeded, PriceUnknown) as error:
            found.warnings.append(str(error))
        return found

    def run(self, ctx: Context) -> dict[str, Any]:
        job = AIJob.objects.select_related("brand", "job_type").get(job_id=ctx.job_id)
        asker = Asker(job=job, brand=job.brand, attempt=ctx.attempt, reporter=ctx)
        request = questions.request_of(job.job_type.name, ctx.input)
        seconds = float(job.timeout_seconds)
        if job.deadline_at is not None:
            seconds = (job.deadline_at - datetime.now(UTC)).total_seconds()
        try:
            answer = complete(asker, request, seconds=seconds, on_stop=ctx.on_stop)
        except ModelUnknown as error:
            raise Failure(str(error), code=error.code, failure_class=FailureClass.INPUT) from None
        except (QuotaExceeded, PriceUnknown) as refusal:
            return self._without_room(refusal, asker, request, ctx=ctx, seconds=seconds)
        if request.inputs is not None:
            return self._vectors(job, answer, ctx)
        return result_of(job, answer)

    def _vectors(self, job: AIJob, answer: Answer, ctx: Context) -> dict[str, Any]:
        """Vectors are long: they go into a file, and the result says how many there are."""
        listed = (answer.raw or {}).get("data") or []
        ctx.artifact(
            "embeddings.json", orjson.dumps(listed), content_type="application/json", kind="vectors"
        )
        found = result_of(job, answer)
        kept = ("model", "provider", "usage")
        return {name: found[name] for name in kept} | {
            "count": len(listed), "file": "embeddings.json",
        }  # fmt: skip

    def _without_room(
        self,
        refusal: QuotaExceeded | PriceUnknown,
        asker: Asker,
        request: ChatRequest,
        *,
        ctx: Context,
        seconds: float,
    ) -> dict[str, Any]:
        """Do what the job wants done when a limit is reached: fail, wait, or make do."""
        wish = ctx.input.get("on_quota", "fail")
        if wish == "park" and isinstance(refusal, QuotaExceeded):
            wait = min(refusal.seconds, LOOK_AGAIN_SECONDS)
            raise Parked("quota", seconds=wait, message=str(refusal))
        if wish != "degrade":
            raise Failure(str(refusal), code=refusal.code, failure_class=FailureClass.QUOTA)
        ctx.log(f"{refusal} The hub's own engine answers instead.", "warning")
        ctx.event("warning", "degraded", {"because": refusal.code, "detail": str(refusal)})
        local = replace(request, model=str(routes.local_route()), fallbacks=())
        answer = complete(asker, local, seconds=seconds, on_stop=ctx.on_stop)
        return {
            **result_of(asker.job, answer),
            "degraded": {"because": refusal.code, "detail": str(refusal)},
        }


def _need(draft: Draft, route: routes.Route, request: ChatRequest) -> quotas.Need:
    prompt, answer = tokens.expected(request)
    use = TokenUse(prompt=prompt, completion=answer)
    return quotas.Need(money=_price(draft, route, use), tokens=prompt + answer)


def _price(draft: Draft, route: routes.Route, use: TokenUse) -> Any:
    return prices.price(
        use,
        brand_id=draft.brand.pk,
        provider=route.name,
        kind=route.kind.name,
        model=route.model,
        base_url=route.base_url,
        at=datetime.now(UTC),
    ).amount


def result_of(job: AIJob, answer: Answer) -> dict[str, Any]:
    """What a job of a language model has as its result."""
    call = ProviderCall.objects.filter(job=job, status="completed").order_by("-number").first()
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.tool_calls:
        message["tool_calls"] = answer.tool_calls
    use = answer.use or TokenUse()
    if call is not None:
        use = TokenUse(
            prompt=call.prompt_tokens, completion=call.completion_tokens, source=call.usage_source
        )
    return {
        "content": answer.text,
        "message": message,
        "finish_reason": answer.finish_reason or "stop",
        "model": call.model if call else answer.model,
        "provider": call.provider_name if call else "",
        "engine": call.model if call and call.kind == routes.LOCAL else "",
        "response_id": answer.response_id,
        "usage": {
            "prompt_tokens": use.prompt,
            "completion_tokens": use.completion,
            "total_tokens": use.total,
            "source": use.source,
        },
    }
