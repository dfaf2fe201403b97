"""All calls of this process: joins an SDK's retry to the call that still runs, watches the rest.

An SDK whose patience ends hangs up and sends the same request again. Whoever asked with the same
key and the same body gets the answer of the call that is under way, instead of paying for another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from ai_core.births import TypesChanged
from ai_core.errors import IdempotencyConflict
from ai_core.execution import statements
from ai_core.models.jobs import new_job_id
from ai_providers.completing import in_database
from ai_providers.gateway import holding, known
from ai_providers.gateway.births import Birth
from ai_providers.gateway.listener import Listener
from ai_providers.gateway.questions import Question
from ai_providers.gateway.run import BRAND_CLOSED, CLIENT_GONE, JOB_TAKEN, OVERDUE, SHUTDOWN, Run
from ai_providers.gateway.writer import Writer
from brands.access import Access

KEPT_SECONDS = 120.0  # an answer that nobody took, for a retry to find
MOST_KEPT = 256
LONGEST_BACK_OFF = 8.0  # of OpenAI's SDK: half a second, doubled each time
STOPS = {"timeout": OVERDUE, "brand": BRAND_CLOSED}

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a request says about itself: is it a retry, and may one follow?"""

    idempotency_key: str = ""
    retries: int | None = None  # None: whoever asks has never heard of retries

    @property
    def patience(self) -> float:
        """How long after a hang-up the same request may still come again."""
        if self.retries is None and not self.idempotency_key:
            return 0.0
        return min(0.5 * 2.0 ** (self.retries or 0), LONGEST_BACK_OFF) + 1.5


Place = tuple[str, int, str]


class Runs:
    """One of these per process, on the event loop that first asks for it."""

    def __init__(self) -> None:
        self._being_born = 0
        self._writer = Writer(crowd=self._crowd)
        self._by_place: dict[Place, asyncio.Task[Run]] = {}
        self._running: dict[int, Run] = {}
        self._watcher: asyncio.Task[None] | None = None

    async def run_for(self, access: Access, question: Question, asked: Asked) -> Run:
        """Return the run that answers this request: one that is known, or a new one."""
        place = _place(access, question, asked)
        known_run = await self._known(place, question, asked)
        if known_run is not None:
            return known_run
        task = asyncio.ensure_future(self._new(access, question, place))
        self._by_place[place] = task
        try:
            return await asyncio.shield(task)
        except BaseException:
            self._forget(place, task)
            raise

    async def _known(self, place: Place, question: Question, asked: Asked) -> Run | None:
        task = self._by_place.get(place)
        if task is None or not (asked.idempotency_key or asked.retries):
            return None
        try:
            run = await asyncio.shield(task)
        except Exception:
            return None
        if run.birth.question.fingerprint != question.fingerprint:
            raise IdempotencyConflict(
                _("This Idempotency-Key was used for another request. Use a new key.")
            )
        if run.refusal is not None or (run.was_delivered and not asked.idempotency_key):
            return None
        return run

    async def _new(self, access: Access, question: Question, place: Place) -> Run:
        try:
            run = Run(await self._born(access, question), self._writer.end)
        except (IntegrityError, TypesChanged):
            # What was remembered (a type, a provider, a limit) is no longer so.
            known.forget()
            holding.forget()
            run = Run(await self._born(access, question), self._writer.end)
        self._running[run.job.id] = run
        run.when_over(lambda: self._over(run, place))
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.ensure_future(self._watch())
        return run

    async def _born(self, access: Access, question: Question) -> Birth:
        brand = access.brand_to_create_in()
        request = question.request
        terms = await known.terms_of(brand, request.model, *request.fallbacks)
        kind = await known.kind_of(question.job_type)
        job = known.blank_job(kind, access)
        job.job_id, job.task_id = new_job_id(), question.fingerprint[:40]
        job.description, job.tags = question.description, question.tags
        job.priority = question.priority
        birth = Birth(access=access, question=question, job=job, terms=terms)
        self._being_born += 1
        try:
            return await self._writer.bear(birth)
        finally:
            self._being_born -= 1

    def _crowd(self) -> int:
        """How many may soon want to write; a stream that flows has nothing to write for now."""
        return self._being_born + sum(not run.frames for run in self._running.values())

    # ------------------------------------------------------------------ who listens
    def leave(self, run: Run, listener: Listener, asked: Asked) -> None:
        """A client is done, or gone; nobody left: the provider is hung up on, in a moment."""
        run.listeners.discard(listener)
        if run.is_over or run.listeners:
            return
        patience = 0.0 if run.frames else asked.patience
        asyncio.get_running_loop().call_later(patience, self._give_up, run)

    def _give_up(self, run: Run) -> None:
        if not run.listeners:
            run.stop(CLIENT_GONE)

    def _over(self, run: Run, place: Place) -> None:
        self._running.pop(run.job.id, None)
        task = self._by_place.get(place)
        if task is None or not task.done() or task.result() is not run:
            return
        if run.refusal is not None or len(self._by_place) > MOST_KEPT + len(self._running):
            self._forget(place, task)
            return
        kept = KEPT_SECONDS if place[0] == "idempotency" or not run.listeners else 5.0
        asyncio.get_running_loop().call_later(kept, self._forget, place, task)

    def delivered(self, run: Run, access: Access, question: Question, asked: Asked) -> None:
        run.was_delivered = True
        if not asked.idempotency_key:
            place = _place(access, question, asked)
            task = self._by_place.get(place)
            if task is not None and task.done() and task.result() is run:
                self._forget(place, task)

    def _forget(self, place: Place, task: asyncio.Task[Run]) -> None:
        if self._by_place.get(place) is task:
            del self._by_place[place]

    # ------------------------------------------------------------------ leases and orders
    async def _watch(self) -> None:
        """Renew the leases, and hear who was cancelled or is overdue, until nothing runs."""
        beat_at = time.monotonic() + settings.BEAT_SECONDS
        while self._running:
            await asyncio.sleep(settings.LOOK_SECONDS)
            runs = dict(self._running)
            ask = statements.look
            if time.monotonic() >= beat_at:
                ask = statements.beat
                beat_at = time.monotonic() + settings.BEAT_SECONDS
            try:
                orders = await in_database(ask, [run.lease for run in runs.values()])
            except Exception as error:
                log.warning("gateway calls are not watched: %s", error)
                continue
            told = dict(orders)
            for pk, run in runs.items():
                if pk not in told:
                    run.stop(JOB_TAKEN)
                elif told[pk] in STOPS:
                    run.stop(STOPS[told[pk]])

    async def close(self) -> None:
        """End what runs, write it down, and let go of the database."""
        runs = list(self._running.values())
        for run in runs:
            run.stop(SHUTDOWN)
        for run in runs:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(run.ended(), settings.STOP_GRACE_SECONDS)
        if self._watcher is not None:
            self._watcher.cancel()
        await self._writer.close()


def _place(access: Access, question: Question, asked: Asked) -> Place:
    if asked.idempotency_key:
        return "idempotency", access.brand_to_create_in().id, asked.idempotency_key
    return "body", access.key.id if access.key else 0, question.fingerprint
