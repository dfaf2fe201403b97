"""What a list shows while it is on its way, and when it does not come."""

import re

import pytest
from playwright.sync_api import expect

from tests.ai_core.pages.making import one_of_each

pytestmark = pytest.mark.browser
NARROWED = re.compile(r"//[^/]+/jobs/\?")


@pytest.fixture
def page(window, cast):
    one_of_each(cast.first, cast.member)
    found = window("mina")
    found.expected_status = {404, 406, 503}
    found.page.goto("/jobs/")
    return found.page


@pytest.fixture
def held(page):
    """Requests for a narrowed list, held back until the test lets them go."""
    kept = []
    page.route(NARROWED, lambda route: kept.append(route))  # noqa: PLW0108 (it gets marked)
    return kept


def ask(page, held):
    with page.expect_request(NARROWED):
        page.get_by_role("navigation", name="Jobs by state").get_by_role("link").nth(1).click()
    expect(page.locator("[data-skeleton] tr")).to_have_count(9)
    expect(page.locator("#rows")).to_be_hidden()
    return held[0]


def test_rows_breathe_while_a_list_is_on_its_way(page, held):
    ask(page, held).continue_()
    expect(page.locator("[data-skeleton]")).to_have_count(0)
    expect(page.locator("tr[data-job] .job-name")).to_have_count(1)


def test_the_old_rows_come_back_when_it_fails(page, held):
    ask(page, held).fulfill(status=503, body="")
    expect(page.locator("[data-skeleton]")).to_have_count(0)
    expect(page.locator("tr[data-job] .job-name")).to_have_count(6)
    expect(page.locator("#list-trouble")).to_be_visible()
