"""Trainings in a real Chromium: readable, by keyboard, live on the real front, a million points."""

from __future__ import annotations

import re
import time

import pytest
from django.db import connection
from playwright.sync_api import expect

from ai_core.models import AIJob
from ai_training.models import ComputeOffer, GuardRail, TrainingRun
from megahub import translations
from tests.browser import studio as making
from tests.browser.soundness import in_every_look, walk
from tests.browser.test_french import SAME, TEXTS
from tests.machine import within

pytestmark = pytest.mark.browser

SOON = 15_000
DRAWN = ".curve-box canvas"
MILLION = 1_000_000
TOLD = "step => document.querySelector('[data-curve-box]').ariaLabel.includes(`step ${step}`)"


@pytest.fixture
def studio(cast):
    return making.furnish(cast)


@in_every_look
def test_pages_are_sound_in_every_look(looks, window, studio, cast):
    wrongs = []
    for who in sorted({who for _name, who, _path in making.pages(studio)}):
        found = window(studio.person(who, cast).username)
        found.expected_status = {400, 403, 404}
        theirs = [(name, path) for name, one, path in making.pages(studio) if one == who]
        wrongs += walk(found, theirs, looks, opened=lambda page=found.page: curves_are_there(page))
    assert not wrongs, "\n".join(wrongs)


def curves_are_there(page):
    if page.locator(".curve-card").count():
        expect(page.locator("[data-when=loading]")).to_be_hidden()


def test_no_english_is_left(window, studio, cast):
    texts = translations.read(translations.LOCALE / "fr" / "LC_MESSAGES" / "django.po")
    same = SAME | {"Type", "Page 1", "Total", "Configuration", "Description", "Format"}
    # Keys of inputs and results, and what programs have stored, are shown as they came.
    same |= {"name", "dataset", "preset", "metrics", "best", "hyperparameters", "paused"}
    same |= {"compute offer", "GPU temperature", "GPU utilisation"}
    english = {key for key, french in texts.items() if key != french[0]} - same
    left = set()
    for who in sorted({who for _name, who, _path in making.pages(studio)}):
        found = window(studio.person(who, cast).username, language="fr")
        found.expected_status = {400, 403, 404}
        for name, _who, path in (page for page in making.pages(studio) if page[1] == who):
            found.page.goto(path)
            left |= {f"{name}: {text}" for text in found.page.evaluate(TEXTS) if text in english}
    assert not left, "\n".join(sorted(left))


def test_the_curve_is_worked_by_keyboard_and_told_in_words(window, studio):
    page = window("mina").page
    page.goto(f"/jobs/{studio.runs['running'].job.job_id}/")
    box = page.locator("[data-curve-box]")
    expect(box).to_have_attribute("aria-label", re.compile("Training loss: .* at step 850"))
    reset = page.locator("[data-curve-reset]")
    expect(reset).to_be_disabled()
    box.focus()
    page.keyboard.press("+")
    expect(reset).to_be_enabled()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("0")
    expect(reset).to_be_disabled()
    page.get_by_role("button", name="Recent").click()
    expect(page.get_by_role("button", name="Recent")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Log", exact=True).click()
    page.get_by_role("slider").fill("60")
    page.get_by_role("button", name="As a table").click()
    expect(page.locator("[data-curve-tbody] tr").first).to_contain_text("850")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a picture").click()
    assert saved.value.suggested_filename.endswith(".png")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Every point as CSV").click()
    assert saved.value.path().read_text().count("\n") == 851


def test_guard_rails_are_changed_on_the_page(window, studio):
    run = studio.runs["running"]
    found = window("mina")
    found.expected_status = {400}
    page = found.page
    page.goto(f"/jobs/{run.job.job_id}/")
    page.get_by_role("button", name="Change", exact=True).click()
    rail = page.locator("[data-rail=max_cost]")
    rail.locator("input[data-limit]").fill("nonsense")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#rails-dialog [data-problem]")).to_be_visible()
    rail.locator("input[data-limit]").fill("77.5")
    page.locator("[data-rail=stalled] [data-on]").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".rails")).to_contain_text("at $77.50")
    assert not GuardRail.objects.filter(job=run.pk, kind="stalled").exists()
    assert str(TrainingRun.objects.get(pk=run.pk).budget) == "77.500000"


def test_a_paused_run_goes_on_with_other_machines(window, studio):
    run = studio.runs["paused"]
    page = window("mina").page
    page.goto(f"/jobs/{run.job.job_id}/")
    page.get_by_role("button", name="Resume", exact=True).click()
    other = ComputeOffer.objects.get(name="Strasbourg")
    page.locator("#resume-offer").select_option(str(other.pk))
    page.locator("#resume-dialog").get_by_role("button", name="Resume").click()
    expect(page.locator("[data-status=pending]")).to_be_visible(timeout=SOON)
    assert TrainingRun.objects.get(pk=run.pk).offer_id == other.pk


def test_chosen_runs_are_compared(window, studio):
    page = window("mina").page
    page.goto("/trainings/")
    for name in ("Owls, first try", "Owls, more rank"):
        page.get_by_role("checkbox", name=f"Compare {name}").check()
    page.get_by_role("button", name="Compare the curves").click()
    expect(page.locator(DRAWN)).to_be_visible()
    expect(page.locator("[data-legend] button")).to_have_count(2)
    expect(page.locator("tr.differs").first).to_contain_text("Preset")


def test_the_wizard_tells_what_it_would_cost(window, studio):
    page = window("mina").page
    page.goto("/trainings/new/")
    page.get_by_label("Name").fill("Owls by hand")
    page.get_by_label("Docker image").fill("owls:1")
    page.locator("#id_dataset").select_option(str(studio.dataset.pk))
    page.locator("#id_total_steps").fill("500")
    page.locator("#id_offer").select_option(str(studio.offers[0].pk))
    expect(page.locator("[data-estimate-cost]")).to_contain_text("$")
    expect(page.locator("[data-estimate-steps]")).to_have_text("500")
    page.get_by_role("button", name="Continue to the review").click()
    expect(page.get_by_role("button", name="Start this job")).to_be_visible()


# ---------------------------------------------------------------------- live
def drawn_steps(page) -> int:
    text = page.locator("[data-curve-box]").get_attribute("aria-label") or ""
    found = re.search(r"Training loss: .*? at step ([\d,]+), .*? at step ([\d,]+), lowest", text)
    return int(found[2].replace(",", "")) if found else 0


@pytest.mark.parametrize("streams", [True, False], ids=["by events", "by polling"])
def test_a_run_is_followed_while_it_reports_through_the_api(front_window, studio, streams):
    run = making.start(studio, "Owls, live", total_steps=200)
    found = front_window("mina")
    page, api = found.page, found.context.request
    if not streams:
        page.route(re.compile("/stream/"), lambda route: route.fulfill(status=204))
    page.goto(f"/jobs/{run.job.job_id}/")
    expect(page.get_by_text("Metrics appear after the first step").first).to_be_visible()
    token = page.evaluate("JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']")
    head = {"X-CSRFToken": token, "Origin": front_window.address, "Referer": found.page.url}

    def send(word, **body):
        answer = api.post(f"/ai/training/runs/{run.pk}/{word}/", data=body, headers=head)
        assert answer.ok, answer.text()
        return answer.json()

    lease = send("claim", runner="gpu-9")["lease"]
    wait = SOON if streams else 20_000
    for last in (40, 80, 120):
        rows = making.points(last - 39, last, total=200)
        far = {"step": last, "total_steps": 200}
        send("report", lease=lease, points=rows, stages=[{"stage": "training"}], progress=far)
        expect(page.locator(f"[data-step='{last}']")).to_be_visible(timeout=wait)
        page.wait_for_function(TOLD, arg=last, timeout=wait)
    assert page.locator("[data-curve-note]").inner_text() == "All 120 points are drawn."
    assert drawn_steps(page) == 120
    send("report", lease=lease, points=making.points(121, 200, total=200),
         ending={"status": "completed", "result": {}})  # fmt: skip
    expect(page.locator("[data-final='1']")).to_have_count(1, timeout=wait)
    expect(page.locator("[data-live]")).to_have_count(0)  # a run that is over asks no more
    page.wait_for_function(
        "() => document.querySelector('[data-curve-box]').ariaLabel.includes('step 200')"
    )
    assert AIJob.objects.get(pk=run.pk).status == "completed"


def test_a_million_points_open_fast_and_stay_in_hand(front_window, studio):
    run = making.start(studio, "Owls for ever", total_steps=2 * MILLION)
    making.begin(run, hours=20)
    making.say(run, points=making.points(1, 10, total=2 * MILLION))
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ai_core_jobmetric (job_id, attempt, step, epoch, at, values)
            SELECT %s, 1, n, n / 400000.0, now(), jsonb_build_object(
              'training_loss', 2.5 * exp(-n / 200000.0) + 0.3 + random() * 0.05
                + CASE WHEN n = 654321 THEN 9 ELSE 0 END,
              'learning_rate', 0.0002) FROM generate_series(11, %s) n""",
            [run.pk, MILLION],
        )
        cursor.execute("ANALYZE ai_core_jobmetric")
    TrainingRun.objects.filter(pk=run.pk).update(step=MILLION)
    found = front_window("mina")
    page, api = found.page, found.context.request
    curve = f"/ai/training/runs/{run.pk}/metrics/?points=2000&names=training_loss,learning_rate"
    assert api.get(curve, timeout=120_000).ok  # the first look sums the stretches up, once
    spans = []
    for path in (f"/jobs/{run.job.job_id}/", curve):
        begun = time.monotonic()
        assert api.get(path).ok
        spans.append(time.monotonic() - begun)
    assert max(spans) < within(1), spans
    page.goto(f"/jobs/{run.job.job_id}/")
    expect(page.locator("[data-curve-note]")).to_contain_text("of 1,000,000 points")
    expect(page.locator("[data-curve-note]")).to_contain_text("lowest, highest and newest")
    highest = page.evaluate("() => document.querySelector('[data-curve-box]').ariaLabel")
    assert "at step 1,000,000" in highest
    busy = page.evaluate(
        """async () => {
          const box = document.querySelector('[data-curve-box]');
          let longest = 0;
          for (let turn = 0; turn < 20; turn += 1) {
            const key = ['+', 'ArrowRight', '-', 'ArrowLeft'][turn % 4];
            const begun = performance.now();
            box.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
            longest = Math.max(longest, performance.now() - begun);
            await new Promise(requestAnimationFrame);
          }
          return longest;
        }"""
    )
    assert busy < 200, busy
    page.locator("[data-curve-box]").focus()
    for _turn in range(4):
        page.keyboard.press("+")
    page.wait_for_function(
        "() => Number(document.querySelector('[data-curve-note]').textContent"
        ".split(' ')[0].replace(/,/g, '')) > 2400"
    )
