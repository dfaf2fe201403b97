"""What happens to providers' rows when jobs are submitted, end, or are purged."""

from __future__ import annotations

from typing import Any

from ai_core.execution import registry
from ai_core.models import AIJob, AIJobData
from ai_core.signals import concerns
from ai_providers import calls, quotas
from ai_providers.executors import LanguageModel
from ai_providers.models import OpenAIJob, ProviderCall, QuotaHold
from ai_providers.models.calls import CallStatus


def _asks_a_model(job: AIJob) -> bool:
    return isinstance(registry.executor_named(job.job_type.executor), LanguageModel)


@concerns(_asks_a_model)
def remember_question(*, jobs: list[AIJob], **_: Any) -> None:
    """Give each job of a language model its OpenAIJob."""
    inputs = dict(AIJobData.objects.filter(job__in=jobs).values_list("job_id", "input_data"))
    rows = [_row(job.pk, inputs.get(job.pk) or {}) for job in jobs]
    OpenAIJob.objects.bulk_create(rows, ignore_conflicts=True)


def _row(job_id: int, data: dict[str, Any]) -> OpenAIJob:
    return OpenAIJob(
        job_id=job_id,
        model=str(data.get("model") or "")[:200],
        temperature=data.get("temperature"),
        max_tokens=data.get("max_tokens"),
    )


@concerns(_asks_a_model)
def remember_answer(*, jobs: list[AIJob], **_: Any) -> None:
    """Write down what the job used, whatever became of it."""
    results = dict(AIJobData.objects.filter(job__in=jobs).values_list("job_id", "result_data"))
    for job in jobs:
        result = results.get(job.pk) or {}
        used = [
            entry
            for entry in job.data.usage
            if isinstance(entry, dict) and entry.get("kind") == "llm"
        ]
        prompt = _sum(used, "prompt_tokens")
        completion = _sum(used, "completion_tokens")
        known = prompt is not None or completion is not None
        facts = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": (prompt or 0) + (completion or 0) if known else None,
            "finish_reason": str(result.get("finish_reason") or "")[:30],
            "response_id": str(result.get("response_id") or "")[:120],
        }
        model = result.get("model") or (used[-1]["model"] if used else "")
        if model:
            facts["model"] = str(model)[:200]
        OpenAIJob.objects.filter(job=job).update(**facts)


def _sum(entries: list[dict[str, Any]], name: str) -> int | None:
    known = [entry[name] for entry in entries if entry.get(name) is not None]
    return sum(known) if known else None


@concerns(_asks_a_model)
def settle_holds(*, jobs: list[AIJob], **_: Any) -> None:
    """The money moves in the transaction in which the job ends."""
    quotas.settle([job.pk for job in jobs])


def forget(*, jobs: list[AIJob], **_: Any) -> None:
    """A purged job's holds stay without it, since the month's sum is made of them."""
    ids = [job.pk for job in jobs]
    running = ProviderCall.objects.filter(job__in=ids, status=CallStatus.RUNNING)
    running.update(status=CallStatus.LOST)
    quotas.settle(ids)
    QuotaHold.objects.filter(job__in=ids).update(job=None)
    ProviderCall.objects.filter(job__in=ids).delete()
    OpenAIJob.objects.filter(job__in=ids).delete()


def keep_house(**_: Any) -> None:
    """End what no worker will end any more."""
    calls.give_up_lost_calls()
    quotas.settle_leftovers()
