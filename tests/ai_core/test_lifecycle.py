"""Any order of verbs, by anybody, with old tokens or new: the model and PostgreSQL agree.

Hypothesis plays users, workers and the sweeper against a real database, and asks after every step
whether the row is what a model of a few lines says, and whether every invariant holds.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from ai_core import lifecycle
from ai_core.errors import TransitionRefused
from ai_core.execution import statements
from ai_core.execution.outcomes import Claimed, Outcome
from ai_core.models import AIJob
from bench.torture import invariants
from tests import factories
from tests.ai_core.workbench import (
    again,
    claim,
    completed,
    expire_lease,
    failed,
    make_due,
    make_job,
    pass_deadline,
    sql,
)

MOST_LOSSES = 3
ENDINGS = {"completed": completed, "failed": failed, "again": again}


@dataclass
class Model:
    """What we believe about one job."""

    status: str
    holder: Claimed | None = None
    due: bool = True
    pausing: bool = False
    attempt: int = 0
    losses: int = 0
    failures: int = 0
    log: list[str] = field(default_factory=list)

    def leave(self, status: str) -> None:
        self.status, self.holder, self.pausing, self.due = status, None, False, True


class Hub(RuleBasedStateMachine):
    jobs: Bundle = Bundle("jobs")
    claims: Bundle = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.brand = factories.make_brand()
        self.models: dict[int, Model] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # ------------------------------------------------------------------ users
    @rule(target=jobs, draft=st.booleans(), word=st.sampled_from(["low", "normal", "urgent"]))
    def create(self, draft: bool, word: str) -> int:
        job = make_job("sleep", brand=self.brand, draft=draft, priority=word)
        self.models[job.pk] = Model("draft" if draft else "pending")
        return job.pk

    @rule(pk=jobs)
    def submit(self, pk: int) -> None:
        if self._try(lifecycle.submit, pk, legal=self.models[pk].status == "draft"):
            self.models[pk].status = "pending"

    @rule(pk=jobs)
    def cancel(self, pk: int) -> None:
        model = self.models[pk]
        legal = model.status in ("draft", "pending", "running", "paused")
        if self._try(lifecycle.cancel, pk, legal=legal):
            model.leave("cancelled")

    @rule(pk=jobs)
    def pause(self, pk: int) -> None:
        model = self.models[pk]
        if self._try(lifecycle.pause, pk, legal=model.status == "running"):
            if model.holder is not None:
                model.pausing = True
            else:
                model.leave("paused")

    @rule(pk=jobs)
    def resume(self, pk: int) -> None:
        if self._try(lifecycle.resume, pk, legal=self.models[pk].status == "paused"):
            self.models[pk].status = "pending"

    @rule(pk=jobs)
    def promote(self, pk: int) -> None:
        self._try(lifecycle.promote, pk, legal=self.models[pk].status == "pending")

    def _try(self, verb: Any, pk: int, *, legal: bool) -> bool:
        try:
            verb(AIJob.objects.get(pk=pk), user=None)
        except TransitionRefused:
            assert not legal, f"{verb.__name__} was refused: {self.models[pk]}"
            return False
        assert legal, f"{verb.__name__} was allowed: {self.models[pk]}"
        return True

    # ------------------------------------------------------------------ workers
    @rule(target=claims, want=st.integers(1, 3))
    def claim(self, want: int) -> Any:
        runnable = {
            pk
            for pk, model in self.models.items()
            if model.status in ("pending", "running") and model.holder is None and model.due
        }
        got = claim(want=want)
        assert len(got) == min(want, len(runnable))
        for held in got:
            assert held.id in runnable
            model = self.models[held.id]
            model.status, model.holder = "running", held
            model.attempt += 1
            assert held.attempt == model.attempt
        return multiple(*got)

    @rule(held=claims)
    def beat(self, held: Claimed) -> None:
        model = self.models[held.id]
        orders = statements.beat([(held.id, held.token)])
        if model.holder == held:
            assert orders == [(held.id, "pause" if model.pausing else "")]
        else:
            assert orders == []

    @rule(held=claims, how=st.sampled_from(sorted(ENDINGS)))
    def settle(self, held: Claimed, how: str) -> None:
        model = self.models[held.id]
        outcome: Outcome = ENDINGS[how](held)
        done = statements.settle([outcome])
        if model.holder != held:
            assert done == {}, "a stale attempt has settled"
            return
        model.failures += how in ("failed", "again")
        if how == "again":
            paused = model.pausing
            model.leave("paused" if paused else "running")
        else:
            model.leave(how)
        assert done == {held.id: model.status}

    # ------------------------------------------------------------------ time, and the sweeper
    @rule(held=consumes(claims))
    def lose(self, held: Claimed) -> None:
        model = self.models[held.id]
        if model.holder != held:
            return
        expire_lease(held.id)
        assert statements.beat([(held.id, held.token)]) == []
        statements.reap()
        model.losses += 1
        if model.losses >= MOST_LOSSES:
            model.leave("failed")
        elif model.pausing:
            model.leave("paused")
        else:
            model.leave("running")
            model.due = False

    @rule(held=claims)
    def overrun(self, held: Claimed) -> None:
        model = self.models[held.id]
        if model.holder == held:
            pass_deadline(held.id)
            statements.reap(deadline_grace=0)
            model.leave("timeout")

    @rule(pk=jobs)
    def wait(self, pk: int) -> None:
        model = self.models[pk]
        if model.status == "running" and not model.due:
            make_due(pk)
            model.due = True

    @rule()
    def sweep(self) -> None:
        statements.reap()

    # ------------------------------------------------------------------ what must hold
    @invariant()
    def the_rows_are_what_we_believe(self) -> None:
        rows = {
            row.pk: (row.status, row.lease_token, row.attempt, row.losses, row.failures, row.due)
            for row in AIJob.objects.all()
        }
        assert rows == {
            pk: (
                model.status,
                model.holder.token if model.holder else None,
                model.attempt,
                model.losses,
                model.failures,
                model.due,
            )
            for pk, model in self.models.items()
        }

    @invariant()
    def nothing_is_broken(self) -> None:
        assert invariants.broken(sql) == {}


@pytest.mark.slow
@pytest.mark.usefixtures("synced")
def test_every_order_of_verbs_is_legal_or_refused():
    run_state_machine_as_test(
        Hub,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
