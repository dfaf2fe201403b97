"""Births and ends in one round trip: the same rows as the longer way, and the same refusals."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import orjson
import psycopg
import pytest
from django.db import IntegrityError, connection

from ai_core.births import TypesChanged
from ai_core.execution import at_once, registry
from ai_core.models import AIJob, JobEvent, Queue
from ai_core.statuses import JobStatus
from ai_providers import balance, calls, completing, wire
from ai_providers.asking import Piece, TokenUse
from ai_providers.course import Course
from ai_providers.gateway import answers, endings, holding, known, questions
from ai_providers.gateway.births import KeyChanged
from ai_providers.gateway.refusals import Refusal
from ai_providers.gateway.run import Reporter
from ai_providers.gateway.runs import Asked, Runs
from ai_providers.models import (
    OpenAIJob,
    Provider,
    ProviderCall,
    ProviderQuota,
    QuotaHold,
    QuotaUse,
)  # fmt: skip
from ai_usage.models import AIJobUsage, UsageDelta
from brands import keys, known_keys
from brands.models import Membership
from tests import factories
from tests.ai_core.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {"model": "ok", "messages": [{"role": "user", "content": "Que font les chouettes ?"}]}


class Hub:
    """Calls of one process, without HTTP; `longer` lists what did not go in one trip."""

    def __init__(self, people, brand):
        registry.sync()
        known.forget()
        holding.forget()
        self.key = factories.make_key(people.owner, brand)
        self.longer = []
        self.before_birth = self.before_end = lambda: None

    def ask(self, *, times=1, tokens=()):
        """Make so many calls at once; return what became of each: its job, or what was raised."""
        return asyncio.run(self._ask(times, tokens))

    async def _ask(self, times, tokens):
        self.runs = Runs()
        self._watch()
        try:
            accesses = [
                await known.in_database(known_keys.look, token, named=None)
                for token in (tokens or [self.key.token] * times)
            ]
            await self._know(accesses[0])
            await known.in_database(self.before_birth)
            return await asyncio.gather(
                *(self._call(access) for access in accesses), return_exceptions=True
            )
        finally:
            await self.runs.close()

    async def _know(self, access):
        """A process that has been running for a while knows the month's rows."""
        terms = await known.terms_of(access.brand, "ok")
        for quota in terms.limiting:
            await known.in_database(holding._use, quota)

    def _watch(self):
        writer = self.runs._writer
        for name in ("_slow_births", "_slow_ends"):
            batches = getattr(writer, name)

            def note(act=batches._act, name=name):
                async def noted(things):
                    self.longer.append((name, len(things)))
                    return await act(things)

                return noted

            batches._act = note()

    async def _call(self, access):
        birth = await self.runs._born(access, question())
        if birth.call is None:
            return birth.job
        asker = calls.Asker(job=birth.job, brand=birth.job.brand, attempt=1,
                            reporter=Reporter(birth))  # fmt: skip
        course = Course(asker, birth.question.request, seconds=60, chain=birth.terms.chain)
        step = course.begun(birth.call, birth.terms.chain[0], target=None, place="")
        use = TokenUse(prompt=7, completion=5)
        step.answer.add(Piece(text="Elles chassent.", finish_reason="stop", use=use, done=True))
        end = endings.End(ending=at_once.Ending(job=birth.job, status=JobStatus.COMPLETED))
        end.first = endings.FirstTry(one=step, price=birth.terms.price, holds=birth.holds)
        endings.account(end)
        end.ending.result = answers.result(step.answer, step.call)
        await known.in_database(self.before_end)
        self.ended = await self.runs._writer.end(end)
        return birth.job


def question():
    return questions.read("/v1/chat/completions", orjson.dumps(BODY))


def hang_up():
    connection.close()  # the thread's own


@pytest.fixture
def hub(people, brand, monkeypatch):
    thread = ThreadPoolExecutor(1)  # one whose connection can be closed
    monkeypatch.setattr(completing, "threads", thread)
    ProviderQuota.objects.create(brand=brand, unit="money", limit="10", mode="hard")
    ProviderQuota.objects.create(brand=brand, unit="tokens", limit="1000000", mode="soft")
    yield Hub(people, brand)
    thread.submit(hang_up).result()
    thread.shutdown()


def rows_of(model, leave_out=()):
    """All rows, without what differs from one writing to the next."""
    fields = [f.attname for f in model._meta.concrete_fields if f.attname not in leave_out]
    return [dict(row) for row in model.objects.order_by("pk").values(*fields)]


TIMES = (
    "created_at", "updated_at", "started_at", "completed_at", "deadline_at", "at", "ended_at",
    "settled_at", "first_token_at", "active_seconds", "execution_time_seconds", "seconds",
)  # fmt: skip
OWN = ("id", "job_id", "use_id", "last_token", "expected_tokens", "expected_cost", *TIMES)


def everything():
    models = (AIJob, JobEvent, OpenAIJob, ProviderCall, QuotaHold, QuotaUse, AIJobUsage, UsageDelta)
    found = {model.__name__: rows_of(model, OWN) for model in models}
    data = AIJob.objects.get().data
    found["data"] = [data.input_data, data.result_data, data.result_attempt]
    found["usage"] = [
        {k: v for k, v in entry.items() if k not in ("at", "seconds")} for entry in data.usage
    ]
    return found


def test_both_ways_write_the_same_rows(hub, brand, monkeypatch):
    hub.ask()
    assert hub.longer == []
    short = everything()
    assert [e["new_status"] for e in short["JobEvent"]] == ["pending", "running", "completed"]
    assert AIJob.objects.get().created_at <= AIJob.objects.get().started_at
    assert not balance.drifts()
    assert not balance.untold()
    AIJob.objects.all().delete()
    QuotaHold.objects.all().delete()
    UsageDelta.objects.all().delete()
    QuotaUse.objects.update(used=0, held=0)
    monkeypatch.setattr("ai_providers.gateway.quick_births.usual", lambda birth: False)
    monkeypatch.setattr("ai_providers.gateway.quick_ends.usual", lambda end: False)
    hub.ask()
    assert hub.longer == [("_slow_births", 1), ("_slow_ends", 1)]
    assert everything() == short


def test_many_at_once_are_booked_each_and_summed_once(hub, brand):
    hub.ask(times=20)
    assert hub.longer == []
    assert AIJob.objects.filter(status="completed").count() == 20
    assert QuotaHold.objects.filter(state="settled").count() == 40
    assert AIJobUsage.objects.count() == 20
    money = QuotaUse.objects.get(quota__unit="money")
    assert (money.held, money.used) == (0, 20 * Decimal("0.00017"))
    assert sum(d.jobs for d in UsageDelta.objects.all()) == 20
    assert not balance.drifts()
    assert not balance.untold()


def revoked(hub, people, brand):
    keys.revoke(hub.key.key)


def demoted(hub, people, brand):
    Membership.objects.filter(user=people.owner, brand=brand).update(role="viewer")


def brand_closed(hub, people, brand):
    brand.is_active = False
    brand.save()


def queue_paused(hub, people, brand):
    Queue.objects.filter(name="gateway").update(is_paused=True)


def queue_limited(hub, people, brand):
    Queue.objects.filter(name="gateway").update(concurrency_limit=0)


@pytest.mark.parametrize("change", [revoked, demoted, brand_closed])
def test_a_key_that_changed_a_moment_ago_begins_nothing(hub, people, brand, change):
    hub.before_birth = lambda: change(hub, people, brand)
    (raised,) = hub.ask()
    assert isinstance(raised, KeyChanged)
    assert not AIJob.objects.exists()
    assert not QuotaHold.objects.exists()


@pytest.mark.parametrize("change", [queue_paused, queue_limited])
def test_a_queue_that_changed_a_moment_ago_is_asked_anew(hub, people, brand, change):
    async def remember():
        await known.kind_of("chat_completion")

    hub.before_birth = lambda: change(hub, people, brand)
    asyncio.run(remember())
    (raised,) = hub.ask()
    assert isinstance(raised, Refusal | TypesChanged)
    assert not AIJob.objects.exists()


def test_a_provider_that_was_deleted_a_moment_ago_is_noticed_by_the_commit(hub, brand):
    """What points at it is looked at last of all, when everything else is written."""
    hub.before_birth = lambda: Provider.objects.all().delete()
    (raised,) = hub.ask()
    assert isinstance(raised, IntegrityError)
    assert not AIJob.objects.exists()
    assert not QuotaHold.objects.exists()


def test_one_whose_key_is_revoked_does_not_spoil_the_others(hub, people, brand):
    other = factories.make_key(people.owner, brand)
    hub.before_birth = lambda: keys.revoke(other.key)
    found = hub.ask(tokens=[hub.key.token, other.token, hub.key.token])
    assert [isinstance(one, KeyChanged) for one in found] == [False, True, False]
    assert AIJob.objects.filter(status="completed").count() == 2
    assert hub.longer == [("_slow_births", 1)]


def test_a_limit_without_room_for_all_lets_in_exactly_those_that_fit(hub, brand):
    """The generous count of the short way refuses nobody: then each is counted exactly."""
    ProviderQuota.objects.filter(unit="money").update(limit="1.9")  # AMPLE + 3 times 0.08192
    found = hub.ask(times=10)
    assert len(found) == 10
    with_a_call = ProviderCall.objects.count()
    assert with_a_call == 4
    assert not balance.drifts()


def cancelled(hub):
    AIJob.objects.update(status="cancelled", cancel_reason="user")


def given_up(hub):
    calls.give_up(ProviderCall.objects.get())


def hold_grown(hub):
    """Somebody else has put more on it, as a second attempt does."""
    QuotaHold.objects.filter(use__quota__unit="money").update(amount=5)
    QuotaUse.objects.filter(quota__unit="money").update(held=5)


@pytest.mark.parametrize(("change", "ours"), [(cancelled, False), (given_up, True),
                                              (hold_grown, True)])  # fmt: skip
def test_what_changed_under_a_call_is_sorted_out_the_longer_way(hub, brand, change, ours):
    hub.before_end = lambda: change(hub)
    hub.ask()
    assert hub.longer == [("_slow_ends", 1)]
    assert hub.ended is ours
    assert AIJob.objects.get().status == ("completed" if ours else "cancelled")
    assert AIJobUsage.objects.count() <= 1
    if ours:
        assert not QuotaHold.objects.filter(state="held").exists()
    assert not balance.drifts()


def kill_lines():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name IN ('megahub births', 'megahub ends')"
        )


def test_lines_that_were_cut_while_nothing_was_under_way_are_opened_again(hub, brand):
    hub.before_end = kill_lines
    hub.ask(times=3)
    assert AIJob.objects.filter(status="completed").count() == 3
    assert not balance.drifts()


def lose_the_next_word(pipeline, told):
    """Cut the line when the server's answer to a commit has come, before anybody has read it."""

    def cut():
        with psycopg.connect(database_url()) as other:
            told.append(other.execute("SELECT status FROM ai_core_aijob").fetchone()[0])
        pipeline._lost("cut")

    asyncio.get_running_loop().remove_reader(pipeline._socket)
    asyncio.get_running_loop().add_reader(pipeline._socket, cut)


def test_an_end_whose_confirmation_was_lost_is_recognised_as_ours(hub, brand):
    """The answer was paid for and written down: nobody is told that somebody else has ended it."""
    told = []

    async def call():
        hub.runs = Runs()
        hub._watch()
        try:
            access = await known.in_database(known_keys.look, hub.key.token, named=None)
            await hub._know(access)
            line = hub.runs._writer._pipelines[1]
            await line.send([])  # opens it
            lose_the_next_word(line, told)
            run = await hub.runs.run_for(access, question(), Asked())
            async with asyncio.timeout(30):
                await run.ended()
            return run
        finally:
            await hub.runs.close()
            await wire.hang_up()

    run = asyncio.run(call())
    assert told == ["completed"]
    assert hub.longer == [("_slow_ends", 1)]
    assert run.refusal is None
    assert len(run.frames) == 1
    assert AIJobUsage.objects.count() == 1
    assert ProviderCall.objects.get().status == "completed"
    assert not balance.drifts()
