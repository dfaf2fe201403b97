"""What happens to providers' rows when jobs are submitted, end, or are purged."""

from __future__ import annotations

from typing import Any

import orjson

from ai_core import prepared
from ai_core.execution import registry
from ai_core.execution.texts import short
from ai_core.models import AIJob, AIJobData
from ai_core.signals import as_statements, concerns
from ai_providers import calls, quotas
from ai_providers.executors import LanguageModel
from ai_providers.models import OpenAIJob, ProviderCall, QuotaHold
from ai_providers.models.calls import CallStatus
from brands.prepared import Statement, array


def _asks_a_model(job: AIJob) -> bool:
    return isinstance(registry.executor_named(job.job_type.executor), LanguageModel)


_QUESTIONS = """
INSERT INTO ai_providers_openaijob (job_id, model, temperature, max_tokens, finish_reason,
  response_id)
SELECT job_id, model, temperature, max_tokens, '', ''
FROM json_to_recordset($1::json)
  AS x(job_id bigint, model text, temperature float8, max_tokens int)
ON CONFLICT DO NOTHING
"""


def _questions(jobs: list[AIJob]) -> list[Statement]:
    inputs = _data_of(jobs, "input_data")
    rows = [_row(job.id, inputs.get(job.id) or {}) for job in jobs]
    return [Statement(_QUESTIONS, (orjson.dumps(rows),))]


@concerns(_asks_a_model)
@as_statements(_questions)
def remember_question(*, jobs: list[AIJob], **_: Any) -> None:
    """Give each job of a language model its OpenAIJob."""
    for statement in _questions(jobs):
        prepared.run(statement)


def _data_of(jobs: list[AIJob], name: str) -> dict[int, Any]:
    """One wide column of these jobs; those that carry it are not asked for again."""
    at_hand = {job.id: job._state.fields_cache.get("data") for job in jobs}
    found = {
        pk: getattr(data, name)
        for pk, data in at_hand.items()
        if data is not None and name in vars(data)
    }
    missing = at_hand.keys() - found.keys()
    if missing:
        found |= dict(AIJobData.objects.filter(job__in=missing).values_list("job_id", name))
    return found


def _row(job_id: int, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "model": short(str(data.get("model") or ""), 200),
        "temperature": data.get("temperature"),
        "max_tokens": data.get("max_tokens"),
    }


def _answers(jobs: list[AIJob]) -> list[Statement]:
    results = _data_of(jobs, "result_data")
    rows = [_answer(job, results.get(job.id) or {}) for job in jobs]
    return [Statement(_ANSWERS, (orjson.dumps(rows),))]


@concerns(_asks_a_model)
@as_statements(_answers)
def remember_answer(*, jobs: list[AIJob], **_: Any) -> None:
    """Write down what the job used, whatever became of it."""
    for statement in _answers(jobs):
        prepared.run(statement)


# A model that is not known leaves the one that was asked for.
_ANSWERS = """
UPDATE ai_providers_openaijob o SET prompt_tokens = x.prompt, completion_tokens = x.completion,
  total_tokens = x.total, finish_reason = x.finish_reason, response_id = x.response_id,
  model = coalesce(nullif(x.model, ''), o.model)
FROM json_to_recordset($1::json) AS x(job_id bigint, prompt int, completion int, total int,
  finish_reason text, response_id text, model text)
WHERE o.job_id = x.job_id
"""


def _answer(job: AIJob, result: dict[str, Any]) -> dict[str, Any]:
    used = [
        entry for entry in job.data.usage if isinstance(entry, dict) and entry.get("kind") == "llm"
    ]
    prompt, completion = _sum(used, "prompt_tokens"), _sum(used, "completion_tokens")
    known = prompt is not None or completion is not None
    model = result.get("model") or (used[-1]["model"] if used else "")
    return {
        "job_id": job.id,
        "prompt": prompt,
        "completion": completion,
        "total": (prompt or 0) + (completion or 0) if known else None,
        "finish_reason": short(str(result.get("finish_reason") or ""), 30),
        "response_id": short(str(result.get("response_id") or ""), 120),
        "model": short(str(model or ""), 200),
    }


def _sum(entries: list[dict[str, Any]], name: str) -> int | None:
    known = [entry[name] for entry in entries if entry.get(name) is not None]
    return sum(known) if known else None


_SETTLED = """
SELECT hub_must(NOT EXISTS (
  SELECT FROM ai_providers_quotahold WHERE job_id = ANY ($1::bigint[]) AND state = 'held'
), 'a job that is over still holds something')
"""


def _settled(jobs: list[AIJob]) -> list[Statement]:
    """Who ends a job in one trip knows what it holds, and has settled that; here it is proved."""
    return [Statement(_SETTLED, (array(job.id for job in jobs),))]


@concerns(_asks_a_model)
@as_statements(_settled)
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


def forget_content(*, job_ids: list[int], kind: str, **_: Any) -> None:
    """Of an erased job its calls stay, with what they cost; what was said in them goes."""
    if kind == "everything":
        ProviderCall.objects.filter(job__in=job_ids).update(message="", response_id="")
        OpenAIJob.objects.filter(job__in=job_ids).update(response_id="")


def keep_house(**_: Any) -> None:
    """End what no worker will end any more."""
    calls.give_up_lost_calls()
    quotas.settle_leftovers()
