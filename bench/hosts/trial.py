"""The trial itself, on the web machine: users, a cable that is pulled, and the verdict."""

import os
import time
import urllib.request

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.db import Error, connection  # noqa: E402
from django.test import Client  # noqa: E402

from ai_core import lifecycle  # noqa: E402
from ai_core.errors import JobError  # noqa: E402
from ai_core.models import AIJob  # noqa: E402
from ai_core.statuses import OPEN, JobStatus  # noqa: E402
from bench.hosts import network  # noqa: E402
from bench.torture import invariants  # noqa: E402
from bench.torture.__main__ import BRANDS  # noqa: E402
from bench.torture.load import Users  # noqa: E402
from bench.torture.trial import LEFT_OPEN, PAID_ONCE, ask  # noqa: E402
from brands.asking import EVERY_BRAND, SESSION_BRAND  # noqa: E402
from brands.models import Brand  # noqa: E402

CUT = float(os.environ.get("CUT") or 60)
JOBS = int(os.environ.get("JOBS") or 800)
BEFORE, AFTER = 10.0, 10.0
BEGUN = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - BEGUN:6.1f} s  {text}", flush=True)


def get(path: str, cookie: str = "") -> tuple[int, str]:
    address = f"http://127.0.0.1:{os.environ['PORT']}{path}"
    request = urllib.request.Request(address, headers={"Cookie": cookie} if cookie else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def signed_in() -> str:
    """The cookie of a superuser who looks at every brand."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root", password="not-used-here"))
    session = client.session
    session[SESSION_BRAND] = EVERY_BRAND
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def workers_seen() -> int:
    """As the doctor and readiness see them."""
    return ask("""SELECT count(*) FROM ai_core_serviceheartbeat WHERE kind = 'worker'
                  AND seen_at > clock_timestamp() - interval '15 s'""")[0][0]


def wait(true, seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if true():
                return
        except Error:
            connection.close()
        time.sleep(0.3)
    raise SystemExit(f"{time.monotonic() - BEGUN:6.1f} s  not within {seconds} s: {what}")


def main() -> int:
    for slug in BRANDS:
        Brand.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    wait(lambda: get("/readyz")[0] == 200, 90, "the hub is ready")
    wait(lambda: workers_seen() == 2, 60, "both workers are seen")
    cookie = signed_in()
    users = Users(jobs=JOBS, seconds=BEFORE + CUT + AFTER, seed=7)
    users.begin()
    found: dict[str, object] = {}
    try:
        time.sleep(BEFORE)
        found |= _without_one(cookie)
        time.sleep(AFTER)
        wait(lambda: not users.creating(), CUT + 120, "all jobs are made")
        users.end()
        wait(_nothing_is_open, 150, "every job ends")
        time.sleep(3)
    finally:
        users.end()
    found |= invariants.broken(ask, at_rest=True, acknowledged=users.acknowledged)
    found["paid once"] = ask(PAID_ONCE)[:5]
    found["nobody left a transaction open"] = ask(LEFT_OPEN)[:5]
    broken = {name: rows for name, rows in found.items() if rows}
    say(f"users: {dict(users.counts)}; {len(users.acknowledged)} jobs acknowledged")
    ends = ask("SELECT status, count(*), sum(losses) FROM ai_core_aijob GROUP BY 1 ORDER BY 1")
    say(f"ends (status, jobs, losses): {ends}")
    for name, rows in broken.items():
        say(f"BROKEN: {name}: {rows}")
    say("nothing was broken" if not broken else f"{len(broken)} promises were broken")
    return 1 if broken else 0


def _without_one(cookie: str) -> dict[str, object]:
    theirs = f"%:{os.environ['WORK1_PID']}:%"
    holds = "SELECT id FROM ai_core_aijob WHERE leased_by LIKE %s AND lease_token IS NOT NULL"
    wait(lambda: len(ask(holds, theirs)) > 1, 60, "work1 holds jobs")
    network.cut_off("work1")
    held = [number for (number,) in ask(holds, theirs)]
    cut_at = time.monotonic()
    say(f"work1 is cut off, it holds jobs {held}")
    missing: dict[str, object] = {}
    wait(lambda: workers_seen() == 1, 40, "the silent worker is missed")
    say(f"missed after {time.monotonic() - cut_at:.1f} s")
    status, page = get("/workers/", cookie)
    if status != 200 or page.count("Silent") != 1:
        missing["the page says which worker is silent"] = [status, page[:200]]
    ready, said = get("/readyz")
    if ready != 200:
        missing["one worker machine is enough to be ready"] = [said]
    lost = ask("SELECT count(*) FROM ai_core_aijob WHERE id = ANY (%s) AND losses > 0", held)
    say(f"{lost[0][0]} of these {len(held)} jobs were counted as lost")
    stuck = """SELECT count(*) FROM ai_core_aijob WHERE lease_token IS NOT NULL
               AND lease_expires_at < clock_timestamp() - interval '30 s'"""
    wait(lambda: ask(stuck)[0][0] == 0, CUT, "no lease of the lost machine is left")
    locked = """SELECT count(*) FROM pg_stat_activity WHERE client_addr = %s
                AND state LIKE 'idle in transaction%%'"""
    wait(
        lambda: ask(locked, network.ADDRESSES["work1"])[0][0] == 0, 45,
        "no transaction of the lost machine holds locks",
    )  # fmt: skip
    time.sleep(max(0.0, CUT - (time.monotonic() - cut_at)))
    done = ask("SELECT count(*) FROM ai_core_aijob WHERE completed_at > now() - interval '10 s'")
    say(f"still cut off; {done[0][0]} jobs ended in the last ten seconds")
    if not done[0][0]:
        missing["the other machine goes on"] = done
    network.join("work1")
    say("work1 is back")
    wait(lambda: workers_seen() == 2, 60, "it is seen again")
    say("both are seen")
    return missing


def _nothing_is_open() -> bool:
    for job in AIJob.objects.filter(status=JobStatus.PAUSED).select_related("queue", "brand"):
        try:
            lifecycle.resume(job, user=None)
        except JobError:
            continue
    return not AIJob.objects.filter(status__in=OPEN).exists()


if __name__ == "__main__":
    raise SystemExit(main())
