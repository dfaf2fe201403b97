"""The page of a run with a million points, in a real Chromium, while the run goes on reporting."""

import statistics
import threading
import time
from dataclasses import dataclass
from typing import Any

from bench.training.hub import Hub

PROGRAM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
OPENED = 5  # times
LIVE_SECONDS = 15
EVERY = 0.5  # seconds between two reports
AT_ONCE = 50  # points in one

# When the curve is told in words, it is drawn; long tasks and frames are noted as they happen.
_WATCH = """
(() => {
  const seen = { tasks: [], frames: [], drawn: [] };
  window.benchSeen = seen;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => seen.tasks.push(one.duration)))
    .observe({ type: "longtask", buffered: true });
  let before = performance.now();
  const frame = (now) => { seen.frames.push(now - before); before = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new MutationObserver(() => {
    const label = document.querySelector("[data-curve-box]")?.ariaLabel ?? "";
    if (label && label !== seen.label) { seen.label = label; seen.drawn.push(performance.now()); }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"] });
})();
"""  # noqa: E501
_HANDS = """
async () => {
  const box = document.querySelector("[data-curve-box]");
  let longest = 0;
  for (let turn = 0; turn < 40; turn += 1) {
    const key = ["+", "ArrowRight", "-", "ArrowLeft"][turn % 4];
    const begun = performance.now();
    box.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done));
    longest = Math.max(longest, performance.now() - begun);
  }
  return longest;
}
"""


@dataclass(frozen=True, kw_only=True)
class Look:
    """Milliseconds: until the curve was drawn, of frames and tasks, until news were there."""

    open_ms: float
    frame_p95_ms: float
    longest_ms: float
    hand_ms: float
    shown_ms: float


def measure(hub: Hub, points: int) -> Look:
    from playwright.sync_api import sync_playwright

    run = _filled(hub, points)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        context = browser.new_context(base_url=hub.url, viewport={"width": 1440, "height": 900})
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.goto("/login/")
        page.locator("input[name=username]").fill("bench")
        page.locator("input[name=password]").fill("bench")
        page.locator("form.form button").click()
        page.locator("#sidebar").wait_for(state="attached")
        opened = [_open(page, run["job_id"]) for _ in range(OPENED)]
        print("opened in ms:", [round(one) for one in opened], flush=True)
        told = _live(page, hub, run, points)
        hands = page.evaluate(_HANDS)
        browser.close()
    return Look(open_ms=statistics.median(opened), hand_ms=hands, **told)


def _open(page: Any, job_id: str) -> float:
    page.goto(f"/jobs/{job_id}/")
    page.wait_for_function("() => window.benchSeen.drawn.length", timeout=60_000)
    return page.evaluate("() => window.benchSeen.drawn[0]")


def _live(page: Any, hub: Hub, run: dict[str, Any], points: int) -> dict[str, float]:
    """Report every half second, and look at the page's frames, tasks and news."""
    page.evaluate("() => { benchSeen.tasks.length = benchSeen.frames.length = 0; }")
    said: list[tuple[int, float]] = []
    stop = threading.Event()

    def report() -> None:
        step = points
        while not stop.wait(EVERY):
            rows = [{"step": step + n, "loss": 0.3} for n in range(1, AT_ONCE + 1)]
            step += AT_ONCE
            hub.call(
                f"/ai/training/runs/{run['id']}/report/", {"lease": run["lease"], "points": rows}
            )
            said.append((step, time.monotonic()))

    thread = threading.Thread(target=report)
    thread.start()
    shown: list[float] = []
    until = time.monotonic() + LIVE_SECONDS
    while time.monotonic() < until:
        page.wait_for_timeout(50)
        text = page.evaluate("() => window.benchSeen.label")
        while said and f"{said[0][0]:,}" in text:
            shown.append(1000 * (time.monotonic() - said.pop(0)[1]))
        newest = [one for one in said if f"{one[0]:,}" in text]
        if newest:
            shown.append(1000 * (time.monotonic() - newest[-1][1]))
            said[:] = [one for one in said if one[0] > newest[-1][0]]
    stop.set()
    thread.join()
    if not shown:
        raise SystemExit("no news reached the page")
    seen = page.evaluate("() => ({ tasks: benchSeen.tasks, frames: benchSeen.frames })")
    return {
        "frame_p95_ms": statistics.quantiles(seen["frames"], n=20)[18],
        "longest_ms": max(seen["tasks"], default=0.0),
        "shown_ms": statistics.median(shown),
    }


def _filled(hub: Hub, points: int) -> dict[str, Any]:
    """A run that holds so many points already, and is held by a runner that goes on."""
    from django.db import connection

    from ai_training import levels
    from ai_training.models import TrainingRun

    made = hub.make_run(name="for ever", total_steps=2 * points, silence_seconds=3_600)
    claim = hub.call(
        f"/ai/training/runs/{made['id']}/claim/", {"runner": "b", "lease_seconds": 600}
    )
    first = [{"step": n, "loss": 2.5, "eval_loss": 2.6, "lr": 0.0002} for n in range(1, 11)]
    said = {"lease": claim["lease"], "points": first, "stages": [{"stage": "training"}]}
    hub.call(f"/ai/training/runs/{made['id']}/report/", said)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ai_core_jobmetric (job_id, attempt, step, epoch, at, values)
            SELECT %s, 1, n, n / 400000.0, now(), jsonb_build_object(
              'training_loss', 2.5 * exp(-n / 200000.0) + 0.3 + random() * 0.05,
              'learning_rate', 0.0002) || CASE WHEN n %% 1000 = 0 THEN jsonb_build_object(
              'validation_loss', 2.6 * exp(-n / 200000.0) + 0.3) ELSE '{}' END
            FROM generate_series(11, %s) n""",
            [made["id"], points],
        )
        cursor.execute("ANALYZE ai_core_jobmetric")
    run = TrainingRun.objects.get(pk=made["id"])
    run.step = points
    run.save(update_fields=["step"])
    levels.catch_up(run)  # as reports of half a day would have done
    return {**made, "lease": claim["lease"]}
