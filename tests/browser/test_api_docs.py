"""The page of the API: drawn by a real browser under the real policy, from this hub alone."""

import pytest

pytestmark = pytest.mark.browser


def test_the_page_draws_every_call_without_asking_anyone_else(window):
    page = window().page  # fails at the end on any violation or outside request
    answer = page.goto("/api/docs/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    page.locator("#operations-brands-ai_me_retrieve").wait_for()
    assert page.locator(".opblock").count() >= 6
    page.locator("#operations-brands-ai_me_retrieve .opblock-summary-control").click()
    page.get_by_text("An error.").first.wait_for()


def test_a_call_can_be_tried_from_the_page(window, people):
    from tests import factories

    token = factories.make_key(people.owner, people.brand).token
    page = window().page
    page.goto("/api/docs/")
    page.locator("button.authorize").first.click()
    page.locator("input#auth-bearer-value, .auth-container input").first.fill(token)
    page.locator(".auth-container button[type=submit]").first.click()
    page.locator(".btn-done").first.click()
    block = page.locator("#operations-brands-ai_me_retrieve")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    block.locator(".live-responses-table .response-col_status").get_by_text("200").wait_for()
