"""Columns, saved views, comparing, peeking and exports of the pages: right, narrow and cheap."""

import csv
import io

import orjson
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ai_core.models import AIJob, SavedView
from ai_core.pages.differences import flat
from ai_core.services import JobService
from brands.models import Membership, Role
from tests import factories
from tests.ai_core.pages.making import make, one_of_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs(people):
    return one_of_each(people.brand, people.owner)


def as_user(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def owner(people):
    return as_user(people.owner)


def heads(page: str) -> list[str]:
    return page.split("data-columns=")[1].split('"')[1].split(",")


# ---------------------------------------------------------------------- columns
def test_columns_of_the_address_are_shown_and_remembered(owner, jobs):
    usual = heads(owner.get("/jobs/").content.decode())
    assert usual[0] == "status"
    assert "priority" not in usual
    assert heads(owner.get("/jobs/?columns=cost,priority").content.decode()) == ["priority", "cost"]
    assert heads(owner.get("/jobs/").content.decode()) == ["priority", "cost"]
    assert heads(owner.get("/jobs/?columns=nonsense").content.decode()) == ["priority", "cost"]


def test_every_column_can_be_shown_and_sorted_by(owner, jobs):
    from ai_core.pages.columns import COLUMNS

    keys = ",".join(one.key for one in COLUMNS)
    page = owner.get(f"/jobs/?columns={keys}")
    assert page.status_code == 200
    for one in COLUMNS:
        if one.order:
            found = owner.get(f"/jobs/?columns={keys}&ordering=-{one.order}").content.decode()
            assert 'aria-sort="descending"' in found, one.key
            assert "tr id=" in found, one.key


def test_the_size_of_pages_is_remembered(owner, people, jobs):
    for _number in range(30):
        make(people.brand, people.owner)
    assert owner.get("/jobs/").content.count(b"tr id=") == 25
    assert owner.get("/jobs/?page_size=50").content.count(b"tr id=") == 36
    assert owner.get("/jobs/").content.count(b"tr id=") == 36


# ---------------------------------------------------------------------- saved views
def keep(client, name="Urgent failures", query="status=failed&priority=urgent&page=3", **more):
    return client.post("/jobs/views/", {"name": name, "query": query, **more})


def test_a_view_is_saved_shown_and_removed(owner, people, jobs):
    assert keep(owner).url == "/jobs/?status=failed&priority=urgent&page=3"
    view = SavedView.objects.get()
    assert (view.brand, view.owner, view.query) == (
        people.brand, people.owner, "priority=urgent&status=failed",
    )  # fmt: skip
    page = owner.get("/jobs/?status=failed&priority=urgent").content.decode()
    assert 'href="?priority=urgent&amp;status=failed" aria-current="true"' in page
    owner.post(f"/jobs/views/{view.pk}/", {"query": ""})
    assert not SavedView.objects.exists()


def test_a_view_of_the_same_name_takes_the_place_of_the_first(owner, jobs):
    keep(owner, query="status=failed")
    keep(owner, query="status=running")
    assert SavedView.objects.get().query == "status=running"


def test_a_view_is_seen_by_others_only_if_it_is_shared(owner, people, jobs):
    colleague = as_user(people.colleague)
    keep(owner, name="Mine alone")
    keep(owner, name="For all of us", is_shared="on")
    page = colleague.get("/jobs/").content.decode()
    assert "For all of us" in page
    assert "Mine alone" not in page
    stranger = as_user(people.stranger)
    assert "For all of us" not in stranger.get("/jobs/").content.decode()


def test_only_its_owner_and_managers_remove_a_view(owner, people, jobs):
    keep(owner, name="Alone")
    keep(owner, name="Shared", is_shared="on")
    alone, shared = (SavedView.objects.get(name=name).pk for name in ("Alone", "Shared"))
    colleague = as_user(people.colleague)
    for number in (alone, shared):
        assert colleague.post(f"/jobs/views/{number}/").status_code == 404
        assert as_user(people.stranger).post(f"/jobs/views/{number}/").status_code == 404
    manager = factories.make_member(people.brand, Role.MANAGER, username="manager")
    assert as_user(manager).post(f"/jobs/views/{alone}/").status_code == 404
    assert as_user(manager).post(f"/jobs/views/{shared}/").status_code == 302
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Alone"]


def test_who_may_only_look_keeps_views_for_themselves(people, jobs):
    Membership.objects.filter(user=people.colleague).update(role=Role.VIEWER)
    keep(as_user(people.colleague), is_shared="on")
    assert SavedView.objects.get().is_shared is False


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_without_a_fit_name_is_refused_in_words(owner, jobs, name):
    answer = owner.post("/jobs/views/", {"name": name, "query": "status=failed"}, follow=True)
    assert "name of 1 to 60 characters" in answer.content.decode()
    assert not SavedView.objects.exists()


# ---------------------------------------------------------------------- one or several jobs
def test_chosen_jobs_can_be_listed_and_exported(owner, jobs):
    chosen = f"{jobs['failed'].pk},{jobs['completed'].job_id}"
    page = owner.get(f"/jobs/?ids={chosen}").content.decode()
    assert page.count("tr id=") == 2
    rows = list(csv.DictReader(io.StringIO(
        b"".join(owner.get(f"/ai/jobs/export/?format=csv&ids={chosen}").streaming_content).decode()
    )))  # fmt: skip
    assert {row["description"] for row in rows} == {"The failed one", "The completed one"}
    first = jobs["failed"].pk
    many = ",".join(str(number) for number in range(first, first + 900))
    assert owner.get(f"/jobs/?ids={many}").content.count(b"tr id=") > 0
    assert (
        owner.get(f"/ai/jobs/?ids={many},{','.join('x' * n for n in range(1, 200))}").status_code
        == 400
    )


def test_a_peek_shows_what_matters_and_nothing_of_others(owner, people, jobs):
    page = owner.get(f"/jobs/{jobs['failed'].job_id}/peek/").content.decode()
    assert "It broke &lt;b&gt;badly&lt;/b&gt;." in page
    assert "about to break" in page
    stranger = as_user(people.stranger)
    assert stranger.get(f"/jobs/{jobs['failed'].job_id}/peek/").status_code == 404


def test_jobs_are_compared_in_facts_input_and_result(owner, people, jobs):
    other = make(people.brand, people.owner, name="Another", input_data={"seconds": 9})
    page = owner.get(f"/jobs/compare/?ids={jobs['completed'].pk},{other.pk}").content.decode()
    assert "The completed one" in page
    assert "summary.share" in page
    assert "<td>9</td>" in page
    only = owner.get(
        f"/jobs/compare/?ids={jobs['completed'].pk},{other.pk}&only=differences"
    ).content.decode()
    assert "<td>9</td>" in only
    assert only.count("<tr") < page.count("<tr")


@pytest.mark.parametrize("ids", ["", "1", "x,y", "0", "," * 50])
def test_too_few_jobs_to_compare_are_asked_for(owner, jobs, ids):
    page = owner.get(f"/jobs/compare/?ids={ids}")
    assert page.status_code == 200
    assert "Choose two to ten jobs" in page.content.decode()


def test_another_brands_job_is_not_compared(people, jobs):
    mine = make(people.other_brand, people.stranger, name="Mine")
    ids = f"{mine.pk},{jobs['completed'].pk},{jobs['failed'].pk}"
    page = as_user(people.stranger).get(f"/jobs/compare/?ids={ids}").content.decode()
    assert "The completed one" not in page
    assert "2 of these jobs are not there" in page


def test_more_than_ten_jobs_are_cut_and_it_is_said(owner, people, jobs):
    ids = ",".join(str(make(people.brand, people.owner, name=f"No {n}").pk) for n in range(12))
    page = owner.get(f"/jobs/compare/?ids={ids}").content.decode()
    assert "No 9" in page
    assert "No 10" not in page
    assert "Ten jobs fit" in page


def test_flat_knows_depth_and_emptiness():
    assert dict(flat({"a": {"b": 1}, "c": None, "d": [1, 2], "e": {}})) == {
        "a.b": "1", "d": "[1,2]", "e": "{}",
    }  # fmt: skip
    assert dict(flat(None)) == {}


def test_a_failure_says_what_changed_since_the_last_success(owner, people, jobs):
    job = make(people.brand, people.owner, name="Worse", input_data={"seconds": 7})
    JobService.start_job(job.pk)
    JobService.fail_job(job.pk, "too long")
    page = owner.get(f"/jobs/{job.job_id}/").content.decode()
    assert "1 difference to the last success" in page
    assert "<code>seconds</code>" in page
    same = owner.get(f"/jobs/{jobs['failed'].job_id}/").content.decode()
    assert "are the same as those of the last success" in same


# ---------------------------------------------------------------------- events as files
def test_the_event_log_is_exported_as_it_is_filtered(owner, jobs):
    address = f"/jobs/{jobs['failed'].job_id}/events/export/"
    events = orjson.loads(b"".join(owner.get(f"{address}?format=json").streaming_content))
    assert events == sorted(events, key=lambda one: -one["id"])
    assert {one["type"] for one in events} >= {"status"}
    few = owner.get(f"{address}?format=json&type=status").streaming_content
    assert {one["type"] for one in orjson.loads(b"".join(few))} == {"status"}
    table = b"".join(owner.get(f"{address}?format=csv").streaming_content).decode()
    assert len(list(csv.DictReader(io.StringIO(table)))) == len(events)


def test_no_cell_of_the_events_is_a_formula(owner, jobs):
    JobService.append_log(jobs["running"].pk, "line")
    JobService.cancel_job(jobs["running"].pk, reason="other", notes="=1+1")
    answer = owner.get(f"/jobs/{jobs['running'].job_id}/events/export/?format=csv")
    cells = [c for row in csv.reader(io.StringIO(b"".join(answer.streaming_content).decode()))
             for c in row]  # fmt: skip
    assert not [one for one in cells if one.startswith(("=", "+", "@"))]


def test_other_forms_and_other_brands_events_are_refused(owner, people, jobs):
    address = f"/jobs/{jobs['failed'].job_id}/events/export/"
    assert owner.get(f"{address}?format=xml").status_code == 400
    assert as_user(people.stranger).get(f"{address}?format=csv").status_code == 404


# ---------------------------------------------------------------------- before it is done
def test_stopping_says_what_it_means_now(owner, people, jobs):
    waiting = owner.get(f"/jobs/{jobs['pending'].job_id}/stopping/").content.decode()
    assert "It has not started." in waiting
    assert "those behind it move up" in waiting
    running = owner.get(f"/jobs/{jobs['running'].job_id}/stopping/").content.decode()
    assert "The work stops within seconds" in running
    assert as_user(people.stranger).get(
        f"/jobs/{jobs['running'].job_id}/stopping/").status_code == 404  # fmt: skip


def test_a_promotion_names_those_of_the_brand_and_counts_the_others(people, jobs):
    manager = as_user(factories.make_member(people.brand, Role.MANAGER, username="manager"))
    foreign = make(people.other_brand, people.stranger, name="Their secret")
    last = make(people.brand, people.owner, name="The last one")
    page = manager.get(f"/jobs/{last.job_id}/promotion/").content.decode()
    assert "The pending one" in page
    assert "1 job of your brand starts later" in page
    assert "Their secret" not in page
    assert ("and 1 of another brand" in page) == (foreign.queue_id == last.queue_id)
    JobService.promote_job(last, user=people.owner)
    first = manager.get(f"/jobs/{last.job_id}/promotion/").content.decode()
    assert "Nobody has to wait longer" in first
    assert as_user(people.owner).get(f"/jobs/{last.job_id}/promotion/").status_code == 403


def test_what_a_promotion_costs_is_what_it_then_costs(people, jobs):
    """The order after promoting is the order that was foreseen."""
    from ai_core.waiting import Line

    last = make(people.brand, people.owner, name="The last one")
    foreseen = [(place[0], place[3]) for place in Line(last.queue).with_first(last).places]
    JobService.promote_job(last, user=people.owner)
    assert [(place[0], place[3]) for place in Line(last.queue).places] == sorted(
        foreseen, key=lambda one: one[1]
    )


def test_a_waiting_job_is_edited_before_it_starts(owner, jobs):
    job = jobs["pending"]
    page = owner.get(f"/jobs/new/?edit={job.job_id}").content.decode()
    assert "what you change here is what will run" in page
    answer = owner.post(
        f"/jobs/new/?edit={job.job_id}",
        {"input.seconds": "4", "description": "Renamed", "priority": "high"},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == f"/jobs/{job.job_id}/"
    now = AIJob.objects.select_related("data").get(pk=job.pk)
    assert (now.description, now.status, now.data.input_data["seconds"]) == (
        "Renamed", "pending", 4,
    )  # fmt: skip


def test_a_job_that_runs_is_not_edited_but_made_anew(owner, jobs):
    job = jobs["running"]
    owner.post(f"/jobs/new/?edit={job.job_id}", {"input.seconds": "4", "description": "Copy"})
    assert AIJob.objects.get(description="Copy").status == "draft"
    assert AIJob.objects.get(pk=job.pk).description == "The running one"


# ---------------------------------------------------------------------- the palette, the queue
def test_the_palette_knows_pages_jobs_and_actions(owner, people, jobs):
    everything = owner.get("/search/commands/").content.decode()
    assert 'data-url="/jobs/new/"' in everything
    assert 'data-url="/queue/"' in everything
    found = owner.get("/search/commands/?q=failed one").content.decode()
    assert f'data-url="/jobs/{jobs["failed"].job_id}/"' in found
    by_id = owner.get(f"/search/commands/?q={jobs['failed'].job_id[:16]}").content.decode()
    assert f'data-url="/jobs/{jobs["failed"].job_id}/"' in by_id
    stranger = as_user(people.stranger).get("/search/commands/?q=failed one").content.decode()
    assert jobs["failed"].job_id not in stranger
    assert "/search/?q=failed+one" in stranger


def test_the_curves_of_a_queue_tell_of_its_last_day(owner, jobs):
    page = owner.get("/queue/").content.decode()
    assert "Waiting at the end of each hour" in page
    assert page.count('width="10"') == 3 * 24


def test_a_page_is_compressed_and_an_answer_for_programs_is_not(owner, jobs):
    page = owner.get("/jobs/", headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert len(page.content) < 20_000
    assert "Content-Encoding" not in owner.get("/ai/jobs/", headers={"accept-encoding": "gzip"})


def test_queries_do_not_grow_with_the_jobs(owner, people, jobs):
    ids = ",".join(str(job.pk) for job in jobs.values())
    paths = [
        "/jobs/", "/queue/", "/", f"/jobs/compare/?ids={ids}", "/search/commands/?q=one",
        f"/jobs/{jobs['failed'].job_id}/", f"/jobs/{jobs['pending'].job_id}/promotion/",
    ]  # fmt: skip

    def counted() -> dict[str, int]:
        cache.clear()
        owner.get("/jobs/")  # and the messages of before are read
        found = {}
        for path in paths:
            with CaptureQueriesContext(connection) as statements:
                owner.get(path)
            found[path.split("?")[0]] = len(statements)
        return found

    Membership.objects.filter(user=people.owner).update(role=Role.MANAGER)
    for number in range(26):  # the list has more pages than one before and after
        make(people.brand, people.owner, name=f"before {number}")
    before = counted()
    for number in range(20):
        make(people.brand, people.owner, name=f"one more {number}")
        keep(owner, name=f"View {number}", query=f"search={number}")
    assert counted() == before


def test_the_migrations_say_all_of_the_models(db):
    call_command("makemigrations", "ai_core", check=True, dry_run=True, verbosity=0)
