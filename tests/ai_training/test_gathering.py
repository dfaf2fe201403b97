"""Reports that come at once: few writes, every point kept, order kept, each answered truly."""

import threading
import time

import pytest

from ai_core.models import JobEvent, JobLog, JobMetric
from ai_training import gathering, ingest
from ai_training.errors import TooManyReports
from ai_training.gathering import Gatherer
from ai_training.ingest import Receipt
from ai_training.reports import Line, Point, Report
from brands.errors import Invalid, ServiceUnavailable
from tests.ai_training.conftest import create

pytestmark = pytest.mark.django_db(transaction=True)

RECEIPT = Receipt(duplicate=False, status="running", stop="", attempt=1)


def in_threads(count, work):
    """Run `work(number)` in so many threads at once; return what they raised."""
    barrier, raised = threading.Barrier(count), []

    def one(number):
        from django.db import connection

        barrier.wait(20)
        try:
            work(number)
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_many_senders_at_once_are_a_few_writes_and_nothing_is_lost(owner_api):
    number = create(owner_api)["id"]
    gatherer, each, senders = Gatherer(), 20, 8

    def send(sender):
        for place in range(each):
            step = sender * each + place
            point = Point(step=step, values={"training_loss": float(step)})
            line = Line(message=f"{sender}:{place}")
            gatherer.take(number, Report(points=[point], lines=[line]))

    begun = time.monotonic()
    assert in_threads(senders, send) == []
    took = time.monotonic() - begun
    assert JobMetric.objects.filter(job=number).count() == each * senders
    assert gatherer.writes <= took / gathering.GAP + 1
    for sender in range(senders):
        own = JobLog.objects.filter(job=number, message__startswith=f"{sender}:").order_by("number")
        assert [line.message for line in own] == [f"{sender}:{n}" for n in range(each)]


def test_reports_that_nobody_waits_for_in_a_thread_are_gathered_alike(owner_api):
    """Sixty at once from one thread, beside some that wait: few writes, all kept, in order."""
    number = create(owner_api)["id"]
    gatherer = Gatherer()
    answers = []

    def send(sender):
        for place in range(20):
            report = Report(lines=[Line(message=f"{sender}:{place}")])
            if sender:
                gatherer.take(number, report)
            else:
                answers.append(gatherer.submit(number, report))

    begun = time.monotonic()
    assert in_threads(3, send) == []
    receipts = [one.result(20) for one in answers]
    took = time.monotonic() - begun
    assert {one.status for one in receipts} == {"running"}
    assert gatherer.writes <= took / gathering.GAP + 1
    for sender in range(3):
        own = JobLog.objects.filter(job=number, message__startswith=f"{sender}:").order_by("number")
        assert [line.message for line in own] == [f"{sender}:{n}" for n in range(20)]


def test_whoever_waits_too_long_steps_out_and_the_line_moves_on(monkeypatch):
    monkeypatch.setattr(gathering, "LONGEST_WAIT", 0.05)
    first, hold = threading.Event(), threading.Event()

    def slow(_number, reports):
        first.set()
        hold.wait(20)
        return [RECEIPT for _ in reports]

    gatherer = Gatherer(slow)
    opening = threading.Thread(target=gatherer.take, args=(1, Report()))
    opening.start()
    assert first.wait(20)
    with pytest.raises(ServiceUnavailable):
        gatherer.take(1, Report())
    hold.set()
    opening.join(20)
    assert gatherer.take(1, Report()) == RECEIPT


def test_an_answer_comes_after_the_write_and_not_before(owner_api):
    number = create(owner_api)["id"]

    def send(sender):
        gathering.take(number, Report(points=[Point(step=sender, values={"loss": 1.0})]))
        assert JobMetric.objects.filter(job=number, step=sender).exists()

    assert in_threads(6, send) == []


def test_two_processes_write_one_run_in_turn(owner_api):
    """Two gatherers are two web processes: the job's row puts them in order."""
    number = create(owner_api)["id"]
    gatherers = [Gatherer(), Gatherer()]

    def send(sender):
        for place in range(10):
            report = Report(message_id=f"m-{place}", lines=[Line(message=f"{place}")])
            gatherers[sender].take(number, report)

    assert in_threads(2, send) == []
    assert JobLog.objects.filter(job=number).count() == 10, "each message came from both"


def test_what_is_refused_spoils_no_other_report():
    good, bad = Report(message_id="good"), Report(message_id="bad")

    def write(_number, reports):
        if any(one.message_id == "bad" for one in reports):
            raise Invalid("no")
        return [RECEIPT for _ in reports]

    gatherer = Gatherer(write)
    first, hold = threading.Event(), threading.Event()

    def slow(number, reports):
        first.set()
        hold.wait(20)
        return write(number, reports)

    gatherer._write = slow
    answers = {}

    def send(name, report):
        try:
            answers[name] = gatherer.take(1, report)
        except Invalid:
            answers[name] = "refused"

    opening = threading.Thread(target=send, args=("first", Report()))
    opening.start()
    assert first.wait(20)
    others = [threading.Thread(target=send, args=(r.message_id, r)) for r in (good, bad)]
    for thread in others:
        thread.start()
    wait_until(lambda: len(gatherer._lines[1].waiting) == 2)
    hold.set()
    for thread in (opening, *others):
        thread.join(20)
    assert answers == {"first": RECEIPT, "good": RECEIPT, "bad": "refused"}


def test_a_flood_is_turned_away_and_the_next_is_welcome(monkeypatch):
    monkeypatch.setattr(gathering, "MOST_WAITING", 3)
    first, hold = threading.Event(), threading.Event()

    def slow(_number, reports):
        first.set()
        hold.wait(20)
        return [RECEIPT for _ in reports]

    gatherer = Gatherer(slow)
    threads = [threading.Thread(target=gatherer.take, args=(1, Report()))]
    threads[0].start()
    assert first.wait(20)
    for _ in range(3):
        threads.append(threading.Thread(target=gatherer.take, args=(1, Report())))
        threads[-1].start()
    wait_until(lambda: len(gatherer._lines[1].waiting) == 3)
    with pytest.raises(TooManyReports) as refused:
        gatherer.take(1, Report())
    assert refused.value.headers["Retry-After"] == "1"
    hold.set()
    for thread in threads:
        thread.join(20)
    assert gatherer.take(1, Report()) == RECEIPT


def test_a_batch_is_one_write(owner_api, django_assert_max_num_queries):
    number = create(owner_api)["id"]
    gathering.take(number, Report(points=[Point(step=0, values={"loss": 1.0})]))
    points = [Point(step=n, values={"training_loss": 1 / n}) for n in range(1, 1001)]
    with django_assert_max_num_queries(24):
        ingest.write(number, [Report(points=points)])
    assert JobMetric.objects.filter(job=number).count() == 1001


def test_reports_that_overtook_one_another_are_put_in_order(owner_api):
    number = create(owner_api)["id"]
    from ai_training.reports import Event, Stage

    said = [
        Report(sequence=3, stages=[Stage(name="training")], events=[_event(3, Event)]),
        Report(sequence=1, stages=[Stage(name="preprocessing")], events=[_event(1, Event)]),
        Report(sequence=2, stages=[Stage(name="model_loading")], events=[_event(2, Event)]),
    ]
    ingest.write(number, said)
    from ai_core.models import AIJob, JobStage

    assert AIJob.objects.get(pk=number).stage == "training"
    stages = JobStage.objects.filter(job=number).order_by("position")
    assert [(one.name, one.state) for one in stages] == [
        ("preprocessing", "completed"), ("model_loading", "completed"), ("training", "active"),
    ]  # fmt: skip
    events = JobEvent.objects.filter(job=number, type="info").order_by("id")
    assert [one.message for one in events] == ["1", "2", "3"]


@pytest.mark.parametrize("verb", ["cancel", "pause", "delete"])
def test_reports_and_verbs_at_once_end_legally(owner_api, people, api_as, verb):
    """No deadlock, no 500: reports lock the job first, and so do the verbs."""
    number = create(owner_api)["id"]
    gathering.take(number, Report(points=[Point(step=0, values={"loss": 1.0})]))
    other = api_as(people.owner, people.brand)
    codes = []

    def work(sender):
        for place in range(8):
            if sender == 0:
                method = other.delete if verb == "delete" else other.post
                path = f"/ai/jobs/{number}/" + ("" if verb == "delete" else f"{verb}/")
                codes.append(method(path).status_code)
            else:
                step = sender * 100 + place
                gathering.take(number, Report(points=[Point(step=step, values={"loss": 1.0})]))

    assert in_threads(4, work) == []
    assert set(codes) <= {200, 204, 409, 404}


def _event(number, kind):
    return kind(type="info", message=str(number))


def wait_until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
