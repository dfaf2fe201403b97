"""One call from its birth to its end, whoever listens: a client, its retry, or nobody for now."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from ai_core.execution import at_once, by_hand, late_writes
from ai_core.execution.outcomes import Claimed
from ai_core.execution.protocol import Failure
from ai_core.statuses import FailureClass, JobStatus
from ai_providers import limits
from ai_providers.asking import Piece
from ai_providers.calls import Asker
from ai_providers.completing import in_database
from ai_providers.course import Course, Try, Wait
from ai_providers.failures import ProviderFailure
from ai_providers.gateway import answers, endings, refusals
from ai_providers.gateway.births import Birth
from ai_providers.gateway.listener import Listener
from ai_providers.gateway.on_thread import GONE
from ai_providers.gateway.refusals import Refusal
from ai_providers.refusals import PriceUnknown, QuotaExceeded
from ai_providers.routes import Route

WRITE_AGAIN = (0.2, 1.0, 3.0)  # seconds: an answer that was paid for is worth some patience
CLIENT_GONE, JOB_TAKEN, OVERDUE, BRAND_CLOSED, SHUTDOWN = (
    "client_gone", "taken", "timeout", "brand", "shutdown",
)  # fmt: skip

log = logging.getLogger(__name__)


class Reporter:
    """Writes at once what attempts beyond the first one use and say."""

    def __init__(self, birth: Birth) -> None:
        self._job = birth.job
        self._claimed = Claimed(
            id=birth.job.id, job_id=birth.job.job_id, brand_id=birth.job.brand_id,
            job_type_id=birth.job.job_type_id, attempt=birth.job.attempt, token=birth.token,
            seconds=birth.job.timeout_seconds, failures=0, losses=birth.job.losses,
            input_data={}, checkpoint=None,
        )  # fmt: skip

    def usage(self, **facts: Any) -> None:
        late_writes.add_usage(self._claimed, facts)

    def log(self, message: str, level: str = "info") -> None:
        by_hand.append_log(self._job, message, level=level)


class Run:
    """Frames are what every listener gets, in order; `refusal` is how it may end instead."""

    def __init__(self, birth: Birth, end: Callable[[endings.End], Awaitable[bool]]) -> None:
        self.birth = birth
        self.job = birth.job
        self.is_stream = birth.question.stream
        self.frames: list[bytes] = []
        self.headers: list[tuple[str, str]] = []
        self.refusal: Refusal | None = None
        self.is_over = False
        self.was_delivered = False
        self.listeners: set[Listener] = set()
        self._over: Callable[[], None] = _nothing
        self._end = end
        self._began = time.monotonic()
        self._why = ""
        self._is_ending = False
        self._chunks: answers.Chunks | None = None
        self._minute: tuple[int, int] | None = None
        asker = Asker(
            job=birth.job, brand=birth.job.brand, attempt=birth.job.attempt,
            reporter=Reporter(birth),
        )  # fmt: skip
        self._course = Course(
            asker,
            birth.question.request,
            seconds=float(birth.job.timeout_seconds),
            chain=birth.terms.chain,
        )
        self._task = asyncio.ensure_future(self._go())

    @property
    def lease(self) -> tuple[int, Any]:
        return self.job.id, self.birth.token

    @property
    def milliseconds(self) -> int:
        return round((time.monotonic() - self._began) * 1000)

    def stop(self, why: str) -> None:
        """Hang up on the provider, and end the job as the reason asks."""
        if not self._is_ending and not self._why:
            self._why = why
            self._task.cancel()

    def when_over(self, act: Callable[[], None]) -> None:
        self._over = act

    async def ended(self) -> None:
        await asyncio.wait([self._task])

    # ------------------------------------------------------------------ the way
    async def _go(self) -> None:
        try:
            await self._lived()
        except Exception as error:
            log.exception("a gateway call could not be written down")
            self.refusal = refusals.of(error)
        finally:
            self.is_over = True
            over, self._over = self._over, _nothing  # it holds us, and we held it
            over()
            self._tell()

    async def _lived(self) -> None:
        try:
            step = await self._answered()
            self._is_ending = True
            await self._complete(step)
        except asyncio.CancelledError:
            self._is_ending = True
            await self._stopped()
        except Exception as error:
            self._is_ending = True
            await self._failed(error)

    async def _answered(self) -> Try:
        step: Try | Wait | None = self._first()
        while True:
            if step is None:
                step = await self._next()
            if isinstance(step, Wait):
                await asyncio.sleep(step.seconds)
                step = None
                continue
            try:
                async for piece in step.pieces():
                    self._piece(piece, step)
            except ProviderFailure as failure:
                await _uncut(self._course.failed, step, failure, delivered=bool(self.frames))
                step = None
            except BaseException:
                await in_database(self._course.stopped, step)
                raise
            else:
                return step

    async def _next(self) -> Try | Wait:
        """Begin the next call. One that has begun while we were stopped is ended, too."""
        found: list[Try | Wait] = []
        try:
            await _uncut(self._begin, found)
        except asyncio.CancelledError:
            if found and isinstance(found[0], Try):
                await in_database(self._course.stopped, found[0])
            raise
        return found[0]

    def _begin(self, found: list[Try | Wait]) -> None:
        step = self._course.next()
        found.append(step)
        if isinstance(step, Try) and step.route.provider is not None:
            self._minute = limits.minute_left(step.route.provider)

    def _first(self) -> Try | None:
        call = self.birth.call
        if call is None:
            return None
        route = self.birth.terms.chain[0]
        return self._course.begun(call, route, target=self._target(route), place="")

    def _target(self, route: Route) -> Any:
        seconds = self._course.ends - time.monotonic()
        target = route.target(seconds_left=seconds, key=self.birth.terms.key)
        if self.is_stream:
            return target
        # An answer in one piece says nothing until it is there.
        return replace(target, limits=replace(target.limits, idle=target.limits.total))

    def _piece(self, piece: Piece, step: Try) -> None:
        if piece.done and piece.raw is not None:
            step.answer.raw = piece.raw
        if not self.is_stream:
            return
        if self._chunks is None:
            self._chunks = answers.Chunks(
                self.job.job_id, step.route.model,
                include_usage=self.birth.question.include_usage,
            )  # fmt: skip
            self._head(step, has_ended=False)
        frame = self._chunks.of(piece)
        if frame is not None:
            self.frames.append(frame)
            self._tell()

    def _head(self, step: Try, *, has_ended: bool) -> None:
        self.headers = [
            *answers.headers(step.call, job_id=self.job.job_id, has_ended=has_ended),
            *answers.limit_headers(self.birth.holds, self.job.brand),
            *answers.rate_headers(self._minute),
        ]

    # ------------------------------------------------------------------ the ends
    async def _complete(self, step: Try) -> None:
        is_first = step.call is self.birth.call
        end = endings.End(ending=at_once.Ending(job=self.job, status=JobStatus.COMPLETED))
        if is_first:
            end.first = endings.FirstTry(
                one=step, price=self.birth.terms.price, holds=self.birth.holds
            )
            endings.account(end)
        else:
            await in_database(self._course.done, step)
        end.ending.result = answers.result(step.answer, step.call)
        if not self.listeners:
            end.ending.result["undelivered"] = True
        if not await self._write(end):
            if is_first:
                await in_database(self._course.done, step)
            self.refusal = refusals.cancelled()
            return
        if self._chunks is not None:
            self.frames.append(self._chunks.end(step.call))
            return
        self._head(step, has_ended=True)
        self.frames.append(answers.whole(step.answer, step.call, job_id=self.job.job_id))

    async def _failed(self, error: Exception) -> None:
        ending = at_once.Ending(job=self.job, status=JobStatus.FAILED, result=self._partial())
        if isinstance(error, Failure):
            ending.message, ending.code = error.message, error.code
            ending.failure_class = error.failure_class
        elif isinstance(error, QuotaExceeded | PriceUnknown):
            ending.message, ending.code = str(error), error.code
            ending.failure_class = FailureClass.QUOTA
        else:
            ending.message, ending.code = type(error).__name__, "EXECUTION_FAILED"
            ending.failure_class = FailureClass.BUG
        self.refusal = refusals.of(error, reason=self._course.reason)
        self.refusal.headers += [("x-megahub-job-id", self.job.job_id)]
        await self._write(endings.End(ending=ending))

    async def _stopped(self) -> None:
        ending = at_once.Ending(job=self.job, status=JobStatus.CANCELLED, result=self._partial())
        ending.cancel_reason = self._why or SHUTDOWN
        self.refusal = refusals.cancelled()
        if self._why == OVERDUE:
            seconds = self.job.timeout_seconds
            ending.status, ending.code = JobStatus.TIMEOUT, "TIMEOUT"
            ending.failure_class, ending.cancel_reason = FailureClass.TIMEOUT, ""
            ending.message = f"The job ran longer than its time-out of {seconds:g} seconds."
            self.refusal = refusals.overdue(seconds)
        elif self._why == SHUTDOWN:
            self.refusal = refusals.no_room()
        await self._write(endings.End(ending=ending))

    def _partial(self) -> dict[str, Any] | None:
        """What had come by then is kept, and says that it is not all."""
        answer = self._course.last_answer
        if answer is None or not answer.close().text:
            return None
        return {"content": answer.text, "finish_reason": "", "partial": True}

    async def _write(self, end: endings.End) -> bool:
        token = self.birth.token
        for pause in (*WRITE_AGAIN, None):
            try:
                written = await self._end(end)
            except GONE:
                if pause is None:
                    raise
                end.ending.usage = []
                await asyncio.sleep(pause)
                continue
            # What a database that went away had still committed was written by us.
            return written or await in_database(at_once.was_finished, end.ending, token)
        raise AssertionError

    def _tell(self) -> None:
        for listener in self.listeners:
            listener.wake()


def _nothing() -> None: ...


async def _uncut(act: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Do database work to its end even when we are stopped meanwhile."""
    work = asyncio.ensure_future(in_database(act, *args, **named))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
