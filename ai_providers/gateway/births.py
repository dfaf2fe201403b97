"""Brings gateway calls into the world in batches: job, start, first attempt and hold, together."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, transaction

from ai_core import prepared
from ai_core.execution import at_once
from ai_core.models import AIJob
from ai_providers import tokens
from ai_providers.asking import TokenUse
from ai_providers.gateway import holding, refusals
from ai_providers.gateway.known import Terms, fresh
from ai_providers.gateway.questions import Question
from ai_providers.models import ProviderCall
from ai_providers.quotas import Need
from brands import known_keys
from brands.access import Access
from brands.errors import InvalidApiKey

log = logging.getLogger(__name__)
HOLDER = f"gateway:{uuid4().hex[:8]}"


@dataclass(kw_only=True, slots=True)
class Birth:
    """One call that is to begin. `call` is there afterwards if its first attempt has begun."""

    access: Access
    question: Question
    job: AIJob
    terms: Terms
    token: UUID = field(default_factory=uuid4)
    call: ProviderCall | None = None
    holds: list[holding.Held] = field(default_factory=list)


class KeyChanged(InvalidApiKey):
    """The key does not reach as far as it did a moment ago: ask again."""


# Nothing is acknowledged yet, so nobody waits for the disk: the end of the job does, and with it
# all that was written before. Only a database server that dies within half a second loses a birth.
_NO_WAIT = "SELECT set_config('synchronous_commit', 'off', true)"


def bear(births: Sequence[Birth]) -> list[Birth | Exception]:
    """Save and start these jobs in one transaction; a batch of `Batches`."""
    with transaction.atomic():
        prepared.rows(_NO_WAIT, [])
        open_keys = known_keys.still_open(birth.access for birth in births)
        found: dict[int, Birth | Exception] = {
            place: KeyChanged()
            for place, birth in enumerate(births)
            if birth.access.key is None or birth.access.key.id not in open_keys
        }
        welcome = [place for place in range(len(births)) if place not in found]
        room = at_once.room(births[0].job.queue, len(welcome)) if welcome else 0
        found |= {place: refusals.no_room() for place in welcome[room:]}
        ours = [births[place] for place in welcome[:room]]
        if ours:
            _begin(ours)
        found |= {place: births[place] for place in welcome[:room]}
    return [found[place] for place in range(len(births))]


def _begin(births: list[Birth]) -> None:
    at_once.begin(
        [birth.job for birth in births],
        [birth.question.input_data for birth in births],
        [birth.token for birth in births],
        holder=HOLDER,
        lease_seconds=settings.LEASE_SECONDS,
    )
    smooth = [birth for birth in births if birth.terms.is_smooth]
    now = datetime.now(UTC)
    needs = {birth.job.id: need for birth in smooth if (need := need_of(birth, now))}
    if needs and not _hold([birth for birth in smooth if birth.terms.limiting], needs):
        smooth = [birth for birth in smooth if not birth.terms.limiting]
    if smooth:
        _write_calls(smooth, needs, now)


def need_of(birth: Birth, now: datetime) -> Need | None:
    """What the call may use at most, where a limit asks: counted generously, and in no time.

    Where the limit has no room for that, the course counts exactly when it asks for itself.
    """
    if not birth.terms.limiting:
        return None
    prompt, answer = tokens.expected(birth.question.request, exactly=False)
    use = TokenUse(prompt=prompt, completion=answer)
    return Need(money=birth.terms.price.of(use, now).amount, tokens=prompt + answer)


def _hold(births: list[Birth], needs: dict[int, Need]) -> bool:
    """Hold for all of these; where that does not go, each of them asks for itself later."""
    wishes = [
        holding.Wish(job_id=birth.job.id, quotas=birth.terms.limiting, need=needs[birth.job.id])
        for birth in births
    ]
    try:
        held = holding.reserve(wishes)
    except holding.TooTight:
        return False
    except DatabaseError as error:
        log.warning("limits are asked one by one: %s", error)
        holding.forget()
        return False
    for birth in births:
        birth.holds = held[birth.job.id]
    return True


_CALLS = """
INSERT INTO ai_providers_providercall (
  brand_id, job_id, attempt, number, provider_id, provider_name, kind, model, status, reason,
  message, absorbed, response_id, usage_source, expected_tokens, expected_cost, price_status,
  price_source, price_version, started_at)
SELECT brand_id, job_id, attempt, 1, provider_id, provider_name, kind, model, 'running', '', '',
  false, '', 'none', expected_tokens, expected_cost, 'not_applicable', '', '', %s
FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[],
            %s::text[], %s::int[], %s::numeric[])
  AS x(brand_id, job_id, attempt, provider_id, provider_name, kind, model, expected_tokens,
       expected_cost)
RETURNING job_id, id
"""


def _write_calls(births: list[Birth], needs: dict[int, Need], now: datetime) -> None:
    for birth in births:
        birth.call = new_call(birth, needs.get(birth.job.id), now)
    calls = [birth.call for birth in births if birth.call is not None]
    names = (
        "brand_id", "job_id", "attempt", "provider_id", "provider_name", "kind", "model",
        "expected_tokens", "expected_cost",
    )  # fmt: skip
    columns: list[list[Any]] = [[getattr(call, name) for call in calls] for name in names]
    numbers = dict(prepared.rows(_CALLS, [now, *columns]))
    for call in calls:
        call.id = numbers[call.job_id]
        call._state.adding = False


def new_call(birth: Birth, need: Need | None, now: datetime) -> ProviderCall:
    call = fresh(birth.terms.blank_call)
    call.job_id, call.attempt, call.started_at = birth.job.id, birth.job.attempt, now
    if need is not None:
        call.expected_tokens, call.expected_cost = need.tokens, need.money
    return call
