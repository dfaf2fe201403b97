"""One torture run from the first job to the verdict."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import Error, connection
from django.utils import timezone

from ai_core import lifecycle
from ai_core.errors import JobError
from ai_core.models import AIJob
from ai_core.statuses import FINAL, OPEN, JobStatus
from ai_notices.models import Delivery
from bench.torture import invariants
from bench.torture.chaos import Chaos, Fleet
from bench.torture.load import Users
from bench.torture.post import Post
from megahub.embedded import Postgres, Valkey
from megahub.guardian import Guardian

CREATE_SECONDS = 300
DRAIN_SECONDS = 120
POST_SECONDS = 150
PAID_ONCE = """
    SELECT j.id, j.status, j.attempt, d.usage FROM ai_core_aijob j
    JOIN ai_core_aijobdata d ON d.job_id = j.id JOIN ai_core_aijobtype t ON t.id = j.job_type_id
    WHERE t.name LIKE 'work%%' AND (
      (j.status = 'completed' AND (SELECT count(*) FROM jsonb_array_elements(d.usage) u
        WHERE (u ->> 'attempt')::int = j.attempt) <> 1)
      OR (SELECT count(*) <> count(DISTINCT u -> 'attempt') FROM jsonb_array_elements(d.usage) u))
"""
LEFT_OPEN = """
    SELECT pid, state, query FROM pg_stat_activity
    WHERE state LIKE 'idle in transaction%%' AND state_change < now() - interval '2 s'
"""
ENDS = """
    SELECT status, error_code, count(*), sum(attempt), max(attempt), sum(losses)
    FROM ai_core_aijob GROUP BY 1, 2 ORDER BY 3 DESC
"""


def ask(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, list(values))
        return cursor.fetchall()


class Trial:
    def __init__(
        self,
        folder: Path,
        guard: Guardian,
        postgres: Postgres,
        valkey: Valkey,
        *,
        seed: int,
        lease: float,
    ) -> None:
        self.begun = time.monotonic()
        self.seed = seed
        self.post = Post()
        self.post.open(down=False)
        self.fleet = Fleet(folder, guard, lease=lease)
        self.chaos = Chaos(self.fleet, postgres, valkey, seed=seed, lease=lease)

    def run(self, *, jobs: int, seconds: float) -> int:
        self.say(f"seed {self.seed}, {jobs} jobs, {seconds:g} s of chaos")
        users = Users(jobs=jobs, seconds=seconds, seed=self.seed)
        users.begin()
        try:
            self.chaos.run(seconds, self.say)
            left = self._drain(users)
            self.post.open(down=True)
            self._while(self._something_is_untold, POST_SECONDS)
            found = self._verdict(users)
        finally:
            users.end()
            self.fleet.close()
            self.post.close()
        self._report(users, left)
        for name, rows in found.items():
            self.say(f"BROKEN: {name}: {rows}")
        self.say("nothing was broken" if not found else f"{len(found)} promises were broken")
        return 1 if found else 0

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.begun:6.1f} s  {text}", flush=True)

    def _drain(self, users: Users) -> int:
        """The world is quiet again: everything has to come to its end."""
        self._while(users.creating, CREATE_SECONDS)
        users.end()
        self._while(self._something_is_open, DRAIN_SECONDS)
        time.sleep(2.5)  # what is stopping says so, the last lines are written
        return AIJob.objects.filter(status__in=OPEN).count()

    def _while(self, true: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and true():
            self.fleet.replace_the_dead()
            time.sleep(0.5)

    def _something_is_open(self) -> bool:
        try:
            self._resume_all()
            return AIJob.objects.filter(status__in=OPEN).exists()
        except Error:
            connection.close()
            return True

    def _something_is_untold(self) -> bool:
        """Whoever was refused twice would rest for minutes: the pauses end, the leases do not."""
        try:
            waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
            waiting.filter(leased_until=None).update(due_at=timezone.now())
            return waiting.exists() or bool(ask(invariants.UNTOLD))
        except Error:
            connection.close()
            return True

    def _resume_all(self) -> None:
        for job in AIJob.objects.filter(status=JobStatus.PAUSED).select_related("queue", "brand"):
            try:
                lifecycle.resume(job, user=None)
            except JobError:
                continue

    def _verdict(self, users: Users) -> dict[str, Iterable[Any]]:
        found: dict[str, Iterable[Any]] = dict(
            invariants.broken(ask, at_rest=True, acknowledged=users.acknowledged)
        )
        ended = AIJob.objects.filter(status__in=FINAL).values_list("brand_id", "pk", "status")
        found |= self.post.broken(list(ended))
        found["work is paid once, by the attempt that did it"] = ask(PAID_ONCE)[:5]
        found["nobody left a transaction open"] = ask(LEFT_OPEN)[:5]
        found["what was cancelled stays cancelled"] = list(
            AIJob.objects.filter(job_id__in=users.cancelled)
            .exclude(status=JobStatus.CANCELLED)
            .values_list("job_id", "status")[:5]
        )
        return {name: rows for name, rows in found.items() if rows}

    def _report(self, users: Users, left: int) -> None:
        self.say(f"chaos: {dict(self.chaos.counts)}")
        self.say(f"users: {dict(users.counts)}, {len(users.acknowledged)} jobs acknowledged")
        self.say(f"announcements accepted of those sent: {self.post}")
        self.say(f"processes: {dict(self.fleet.replaced)}; open in the end: {left}")
        for status, code, count, attempts, most, losses in ask(ENDS):
            self.say(
                f"{status:10} {code:18} {count:5} jobs, {attempts:5} attempts (most: {most}), "
                f"{losses} losses"
            )
