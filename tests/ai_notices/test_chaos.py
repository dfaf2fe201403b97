"""Sweepers that are killed while they deliver: nothing is lost, and what comes twice says so."""

from __future__ import annotations

import signal
import threading
from collections import defaultdict

import pytest
from django.db import connection

from ai_core.models import AIJob
from ai_core.statuses import FINAL
from ai_notices import kinds
from ai_notices.delivering import LEASE_SECONDS
from ai_notices.models import Attempt, Delivery
from tests.ai_core.workbench import make_jobs, wait_until
from tests.ai_notices.acts import end_pauses, make_due, run
from tests.factories import make_job

pytestmark = pytest.mark.slow
ALLOW = {"MEGAHUB_OUTBOUND_ALLOW": "127.0.0.1"}


def test_a_sweeper_killed_while_it_delivers_leaves_the_delivery_to_the_next_one(
    fleet,
    people,
    listen,
    hook_to,
):
    gate = threading.Event()

    def hang(handler) -> None:
        gate.wait(30)

    listener = listen(hang, 204)
    hook_to(listener)
    run(make_job(people.owner, people.brand))
    first = fleet.sweeper(**ALLOW)
    wait_until(lambda: listener.heard, seconds=40)
    first.signal(signal.SIGKILL)
    first.process.wait(10)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert delivery.leased_until is not None
    make_due()
    gate.set()
    fleet.sweeper(**ALLOW)
    wait_until(lambda: Delivery.objects.filter(state="delivered").exists(), seconds=40)
    first_try, second_try = listener.heard
    assert (first_try.id, first_try.body) == (second_try.id, second_try.body)


def test_every_end_of_a_chaotic_run_is_announced_by_one_id(fleet, people, listen, hook_to):
    listener = listen(*([204, 500, 204] * 12), 204)
    hook_to(listener, kinds=sorted(kinds.FINAL_KINDS))
    jobs = make_jobs(30, brand=people.brand)
    fleet.worker(**ALLOW)
    for _ in range(2):
        sweepers = [fleet.sweeper(**ALLOW) for _ in range(2)]
        heard = len(listener.heard)
        wait_until(lambda seen=heard: len(listener.heard) >= seen + 4, seconds=60)
        for one in sweepers:
            one.kill()
        make_due()
    fleet.sweeper(**ALLOW)

    def all_delivered() -> bool:
        end_pauses()  # who is refused twice would otherwise rest for five minutes
        open_ = AIJob.objects.exclude(status__in=FINAL).exists()
        states = list(Delivery.objects.values_list("state", flat=True))
        return not open_ and states == ["delivered"] * len(jobs)

    wait_until(all_delivered, seconds=LEASE_SECONDS + 30)
    accepted = Attempt.objects.filter(status=204).values_list("delivery__message__job_number")
    assert {number for (number,) in accepted} == {job.pk for job in jobs}
    ids = defaultdict(set)
    for one in listener.heard:
        ids[one.json["data"]["id"]].add(one.id)
        status = AIJob.objects.get(pk=one.json["data"]["id"]).status
        assert one.json["data"]["status"] == status
    assert ids.keys() == {job.pk for job in jobs}
    assert {len(found) for found in ids.values()} == {1}
    connection.close()
