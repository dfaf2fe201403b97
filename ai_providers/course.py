"""Decides what comes next while a question looks for its answer: whom to ask, when to wait.

It does no networking, so that a thread and an event loop can follow the same course. One budget
of tries holds for the whole job, over all its providers and all its attempts.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from ai_core.execution.protocol import Failure
from ai_providers import calls, limits, routes, tokens
from ai_providers.asking import Answer, ChatRequest, Piece
from ai_providers.credentials import CannotOpen
from ai_providers.failures import ProviderFailure, Reason
from ai_providers.kinds.contract import Target
from ai_providers.models import ProviderCall
from ai_providers.models.calls import CallStatus
from ai_providers.refusals import PriceUnknown, QuotaExceeded
from ai_providers.routes import Route

log = logging.getLogger(__name__)

MOST_TRIES = 6  # of a job, whatever happens
TRIES_EACH = 3  # of one provider with one model
FIRST_WAIT, LONGEST_WAIT = 0.5, 20.0  # seconds; a longer wait belongs into the queue
LONGEST_TEXT = 8_000_000  # characters
# What a provider sends in a shape that nobody expects is its failure, not ours.
_SHAPES = (AttributeError, TypeError, KeyError, IndexError, ValueError)


class Wait(NamedTuple):
    """Nobody can be asked before so many seconds have passed."""

    seconds: float


@dataclass(slots=True)
class Try:
    """One call that has begun: ask it for its pieces, then tell the course how it went."""

    call: ProviderCall
    route: Route
    target: Target
    request: ChatRequest
    place: str
    answer: Answer
    first_token_at: datetime | None = None

    async def pieces(self) -> AsyncIterator[Piece]:
        length = 0
        try:
            async for piece in self.route.kind.pieces(self.target, self.request):
                if self.first_token_at is None and (piece.text or piece.tool_calls):
                    self.first_token_at = datetime.now(UTC)
                self.answer.add(piece)
                length += len(piece.text)
                if length > LONGEST_TEXT:
                    raise ProviderFailure(Reason.TOO_LONG, "The answer does not end.")
                yield piece
        except _SHAPES as error:
            log.warning("an answer could not be read", exc_info=error)
            told = "Its answer has a shape that is unknown."
            raise ProviderFailure(Reason.GARBLED, told) from None

    async def whole(self) -> None:
        async for piece in self.pieces():
            if piece.raw is not None and piece.done:
                self.answer.raw = piece.raw


class Course:
    """The way of one question. `next` says what to do, the other verbs how it went."""

    def __init__(
        self,
        asker: calls.Asker,
        request: ChatRequest,
        *,
        seconds: float,
        chain: Sequence[Route] | None = None,
    ) -> None:
        """With a `chain` the job is new: who can answer was found, and nobody was asked yet."""
        self.asker = asker
        self.request = request
        self.ends = time.monotonic() + seconds
        if chain is None:
            self.chain = routes.find(asker.brand, request.model, *request.fallbacks)
            made = ProviderCall.objects.filter(job=asker.job).count()
        else:
            self.chain, made = list(chain), 0
        self.tries_left = MOST_TRIES - made
        self._tries: dict[Route, int] = {}
        self._not_before: dict[Route, float] = {}
        self._last: ProviderFailure | QuotaExceeded | PriceUnknown | None = None
        self._last_asked = ""
        self.last_answer: Answer | None = None

    # ------------------------------------------------------------------ what comes next
    def next(self) -> Try | Wait:
        """Begin a call, or say how long to wait; raise when there is nobody left to ask."""
        if self.tries_left <= 0:
            raise self._given_up()
        waits: list[float] = []
        for route in list(self.chain):
            pause = self._not_before.get(route, 0.0) - time.monotonic()
            if pause > 0:
                waits.append(pause)
                continue
            begun = self._begin(route)
            if isinstance(begun, Try):
                return begun
            if begun is not None:
                waits.append(begun)
        if not waits:
            raise self._given_up()
        shortest = max(min(waits), 0.05)
        if shortest > LONGEST_WAIT or time.monotonic() + shortest > self.ends:
            raise self._given_up(retry_after=shortest)
        return Wait(shortest)

    def _begin(self, route: Route) -> Try | float | None:
        """Begin with this one, or return how long it wants us to wait; None: never."""
        place = uuid4().hex
        verdict = limits.admit(route.provider, place)
        if verdict.reason is not None:
            self._remember(route, _not_welcome(verdict.reason, verdict.wait))
            return verdict.wait
        try:
            target = route.target(seconds_left=self.ends - time.monotonic())
            call = calls.begin(self.asker, route, self.request)
        except (QuotaExceeded, PriceUnknown) as refusal:
            limits.leave(route.provider, place)
            self._last = refusal
            self.chain.remove(route)
            return None
        except CannotOpen as error:
            limits.leave(route.provider, place)
            self._remember(route, ProviderFailure(Reason.KEY_CLOSED, str(error)))
            self.chain.remove(route)
            return None
        return self.begun(call, route, target=target, place=place)

    def begun(self, call: ProviderCall, route: Route, *, target: Target, place: str) -> Try:
        """Count a call whose row is written."""
        self.tries_left -= 1
        self._tries[route] = self._tries.get(route, 0) + 1
        self.last_answer = Answer()
        return Try(
            call=call, route=route, target=target, request=self._bounded(call), place=place,
            answer=self.last_answer,
        )  # fmt: skip

    def _bounded(self, call: ProviderCall) -> ChatRequest:
        """Under a hard limit no answer gets longer than what is held for it."""
        if not call.expected_tokens or call.may_run_over or self.request.inputs is not None:
            return self.request
        return replace(self.request, max_tokens=tokens.most_answer(self.request))

    # ------------------------------------------------------------------ how it went
    def done(self, one: Try) -> Answer:
        self._end(one, None)
        ProviderCall.objects.filter(job=self.asker.job, status=CallStatus.FAILED).update(
            absorbed=True
        )
        return one.answer

    def failed(self, one: Try, failure: ProviderFailure, *, delivered: bool = False) -> None:
        """Choose what follows a failure; raise it when nothing can. `delivered`: part of the
        answer has reached the client already, so nobody else may begin another one.
        """
        self._end(one, failure)
        self._remember(one.route, failure)
        again = failure.meaning.again and self._tries[one.route] < TRIES_EACH
        if again:
            wait = failure.retry_after or _back_off(self._tries[one.route])
            self._not_before[one.route] = time.monotonic() + wait
        else:
            self.chain.remove(one.route)
        may_go_on = failure.meaning.again or failure.meaning.elsewhere
        if delivered or not may_go_on:
            self.chain.clear()
            raise self._given_up()
        self.asker.reporter.log(f"{one.route}: {failure.message}", "warning")

    def stopped(self, one: Try) -> None:
        """The job was stopped, or the client is gone: charge what had come by then."""
        self._end(one, ProviderFailure(Reason.STOPPED, "Stopped."))

    def _end(self, one: Try, failure: ProviderFailure | None) -> None:
        one.answer.close()
        limits.report(one.route.provider, one.place, failure)
        one.call = calls.end(
            self.asker,
            one.call,
            one.route,
            request=self.request,
            answer=one.answer,
            failure=failure,
            first_token_at=one.first_token_at,
        )

    # ------------------------------------------------------------------ giving up
    @property
    def reason(self) -> Reason | None:
        """Why the last try failed, where a provider is to blame."""
        return self._last.reason if isinstance(self._last, ProviderFailure) else None

    def _remember(self, route: Route, failure: ProviderFailure) -> None:
        self._last = failure
        self._last_asked = str(route)

    def _given_up(self, *, retry_after: float | None = None) -> Exception:
        last = self._last
        if isinstance(last, ProviderFailure):
            failure = last.as_job_failure(tried=self._last_asked, again=self.tries_left > 0)
            failure.retry_after = retry_after or failure.retry_after
            return failure
        if last is not None:
            return last
        return Failure("This job has asked providers often enough.", code="PROVIDER_ERROR")


def _not_welcome(reason: Reason, wait: float) -> ProviderFailure:
    says = {
        Reason.CIRCUIT_OPEN: "It failed several times in a row; it is left alone for a moment.",
        Reason.BUSY: "The limit of calls for this provider is reached.",
    }
    return ProviderFailure(reason, says[reason], retry_after=wait)


def _back_off(times: int) -> float:
    return min(FIRST_WAIT * 2 ** (times - 1), 8.0) * random.uniform(0.8, 1.2)  # noqa: S311
