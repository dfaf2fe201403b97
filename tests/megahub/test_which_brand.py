"""Who sees every brand is asked for one where a page needs one."""

import pytest
from django.urls import reverse

from brands.asking import EVERY_BRAND, SESSION_BRAND
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def overseer(client, people):
    user = factories.make_superuser("overseer")
    client.force_login(user)
    session = client.session
    session[SESSION_BRAND] = EVERY_BRAND
    session.save()
    return client


def test_the_pages_offer_a_new_job_and_ask_whose_it_is(overseer, people):
    for page in ("/", "/jobs/", "/queue/", "/job-types/"):
        assert "/jobs/new/" in overseer.get(page).text, page
    asked = overseer.get("/jobs/new/?type=text_summary")
    assert asked.status_code == 403
    assert people.brand.name in asked.text
    assert people.other_brand.name in asked.text
    chosen = overseer.post(
        reverse("choose_brand"),
        {"brand": people.brand.pk, "next": "/jobs/new/?type=text_summary"},
        follow=True,
    )
    assert chosen.status_code == 200
    assert 'id="in-text"' in chosen.text


def test_a_job_that_is_to_run_again_names_its_own_brand(overseer, people):
    job = factories.make_job(people.stranger, people.other_brand)
    asked = overseer.get(f"/jobs/new/?from={job.job_id}").text
    offered = asked[asked.index("<main") :]
    assert f'value="{people.other_brand.pk}"' in offered
    assert f'value="{people.brand.pk}"' not in offered


def test_a_program_still_gets_its_sentence(overseer):
    answer = overseer.get("/jobs/new/", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.json()["error_code"] == "BRAND_REQUIRED"
