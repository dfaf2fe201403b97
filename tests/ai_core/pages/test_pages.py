"""The pages of jobs as a browser without scripts gets them: right, narrow and cheap."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ai_core.models import AIJob, AIJobType, Release
from ai_core.pages import figures
from brands.models import Role
from tests import factories
from tests.ai_core.pages.making import make, one_of_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs(people):
    return one_of_each(people.brand, people.owner)


@pytest.fixture
def browse():
    def client(user) -> Client:
        found = Client()
        found.force_login(user)
        return found

    return client


@pytest.fixture
def owner(people, browse):
    return browse(people.owner)


def pages(jobs) -> list[str]:
    one = jobs["completed"].job_id
    tabs = ["", "events/", "logs/", "artifacts/", "configuration/", "history/"]
    return [
        "/", "/jobs/", "/queue/", "/job-types/", "/job-types/sleep/", "/releases/", "/workers/",
        "/jobs/new/", "/jobs/new/?type=sleep", f"/jobs/new/?from={one}",
        f"/jobs/new/{jobs['draft'].job_id}/", *(f"/jobs/{one}/{tab}" for tab in tabs),
    ]  # fmt: skip


def test_every_page_opens_for_the_owner(owner, jobs):
    for path in pages(jobs):
        assert owner.get(path).status_code == 200, path


def test_a_job_in_every_state_has_a_page(owner, jobs):
    for name, job in jobs.items():
        page = owner.get(f"/jobs/{job.job_id}/")
        assert page.status_code == 200
        assert f"The {name} one" in page.content.decode()


def test_another_brands_job_is_not_there(people, browse, jobs):
    stranger = browse(people.stranger)
    for tab in ("", "events/", "logs/", "artifacts/", "configuration/", "history/"):
        assert stranger.get(f"/jobs/{jobs['completed'].job_id}/{tab}").status_code == 404
    assert stranger.get(f"/jobs/new/?from={jobs['completed'].job_id}").status_code == 404
    assert stranger.get(f"/jobs/new/{jobs['draft'].job_id}/").status_code == 404
    assert "The completed one" not in stranger.get("/jobs/").content.decode()
    assert "The pending one" not in stranger.get("/queue/").content.decode()
    release = Release.objects.create(brand=people.brand, name="Secret plan")
    assert stranger.get(f"/releases/{release.pk}/").status_code == 404
    assert "Secret plan" not in stranger.get(f"/jobs/?release={release.pk}").content.decode()


def test_a_visitor_is_asked_to_log_in(jobs):
    for path in pages(jobs):
        assert Client().get(path).url.startswith("/login/"), path


def test_who_belongs_to_no_brand_is_sent_home(browse):
    nobody = browse(factories.make_user("nobody"))
    assert nobody.get("/jobs/").url == "/"
    assert nobody.get("/").status_code == 200


def test_a_viewer_reads_but_makes_nothing(people, browse, jobs):
    viewer = browse(factories.make_member(people.brand, Role.VIEWER, username="viewer"))
    assert "/jobs/new/" not in viewer.get("/jobs/").content.decode()
    assert viewer.get("/jobs/new/").status_code == 403
    page = viewer.get(f"/jobs/{jobs['running'].job_id}/").content.decode()
    assert 'data-verb="cancel"' not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=failed,timeout", ["failed"]),
        ("status=running,paused", ["running"]),
        ("search=draft", ["draft"]),
        ("sortBy=createdAt&sortOrder=asc&take=25&skip=0&status=pending", ["pending"]),
        ("status=&search=&job_type=sleep&status=completed", ["completed"]),
    ],
)
def test_the_query_is_the_apis_own(owner, jobs, query, names):
    page = owner.get(f"/jobs/?{query}").content.decode()
    shown = [name for name in jobs if f"The {name} one" in page]
    assert shown == names


def test_a_filter_that_means_nothing_is_said_and_not_a_fault(owner, jobs):
    page = owner.get("/jobs/?status=sleeping&nonsense=1")
    assert page.status_code == 200
    assert "This list cannot be shown" in page.content.decode()


def test_a_page_beyond_the_end_shows_the_last_one(owner, jobs):
    assert "The draft one" in owner.get("/jobs/?page=99").content.decode()


def test_a_script_gets_only_the_inner_part(owner, jobs):
    part = owner.get("/jobs/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]
    back = owner.get("/jobs/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in back.content.decode()


def test_what_people_wrote_is_never_markup(owner, people, jobs):
    evil = make(people.brand, people.owner, name="<script>alert(1)</script>")
    for path in ("/jobs/", f"/jobs/{evil.job_id}/", f"/jobs/{jobs['failed'].job_id}/"):
        page = owner.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<b>badly" not in page


def test_queries_do_not_grow_with_the_rows(owner, people, jobs, monkeypatch):
    monkeypatch.setattr(figures, "SLOW_SECONDS", 600)  # nothing is remembered here

    def counted(path):
        owner.get(path)  # whatever is remembered is remembered
        with CaptureQueriesContext(connection) as found:
            assert owner.get(path).status_code == 200
        return len(found)

    paths = ["/", "/jobs/", "/queue/", "/releases/", "/job-types/", "/workers/",
             f"/jobs/{jobs['completed'].job_id}/"]  # fmt: skip
    Release.objects.create(brand=people.brand, name="R")
    before = {path: counted(path) for path in paths}
    for number in range(12):
        make(people.brand, people.owner, name=f"More {number}")
        Release.objects.create(brand=people.brand, name=f"R{number}")
    assert {path: counted(path) for path in paths} == before
    assert before["/jobs/"] <= 16, before


# ---------------------------------------------------------------------- a new job
def test_a_new_job_goes_from_type_to_draft_to_queue(owner, people, jobs):
    answer = owner.post(
        "/jobs/new/?type=sleep",
        {"input.seconds": "3", "description": "Nap", "priority": "high", "tags": "a, b"},
    )
    draft = AIJob.objects.get(description="Nap")
    assert answer.url == f"/jobs/new/{draft.job_id}/"
    assert (draft.status, draft.tags, draft.data.input_data) == (
        "draft",
        ["a", "b"],
        {"seconds": 3},
    )
    owner.post(f"/jobs/new/?draft={draft.job_id}", {"input.seconds": "4", "description": "Nap 2"})
    draft = AIJob.objects.get(pk=draft.pk)
    assert (draft.description, draft.data.input_data) == ("Nap 2", {"seconds": 4})
    answer = owner.post(f"/jobs/new/{draft.job_id}/")
    assert answer.url == f"/jobs/{draft.job_id}/"
    draft.refresh_from_db()
    assert draft.status == "pending"


def test_what_was_typed_wrongly_comes_back_with_its_reason(owner, jobs):
    answer = owner.post("/jobs/new/?type=sleep", {"input.seconds": "soon", "description": "Nap"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Enter a number." in page
    assert 'value="soon"' in page
    assert 'value="Nap"' in page


def test_run_again_is_filled_in_and_points_back(owner, jobs):
    before = jobs["failed"]
    assert 'value="1"' in owner.get(f"/jobs/new/?from={before.job_id}").content.decode()
    owner.post(f"/jobs/new/?from={before.job_id}", {"input.seconds": "2", "description": "Again"})
    again = AIJob.objects.get(description="Again")
    assert (again.origin_id, again.status) == (before.pk, "draft")


def test_every_type_has_a_form(owner, jobs):
    for kind in AIJobType.objects.filter(is_active=True):
        assert owner.get(f"/jobs/new/?type={kind.name}").status_code == 200


def test_a_release_is_made_and_its_name_is_taken_once(owner, people, jobs):
    made = owner.post("/releases/", {"name": "Spring", "description": ""})
    assert owner.get(made.url).status_code == 200
    again = owner.post("/releases/", {"name": "Spring", "description": ""})
    assert again.status_code == 400
    assert Release.objects.filter(name="Spring").count() == 1


def test_earlier_addresses_lead_to_the_right_pages(owner, jobs):
    assert owner.get("/dashboard/lora-training").url == "/trainings/"
    one = jobs["completed"].job_id
    assert owner.get(f"/training-jobs/{one}").url == f"/jobs/{one}/"
    assert owner.get(f"/dashboard/lora-training/{one}").url == f"/jobs/{one}/"
    assert owner.get("/dashboard/lora-training/new").url == "/trainings/new/"
