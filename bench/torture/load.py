"""Users who create jobs without end, and change their minds about them."""

import random
import threading
import time
from collections import Counter

from django.db import Error, connection

from ai_core import lifecycle
from ai_core.errors import JobError
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_core.statuses import JobStatus
from brands.models import Brand

RETRY_SECONDS = 0.2


class Users:
    """Everything that the hub has said yes to is remembered: it must still hold in the end."""

    def __init__(self, *, jobs: int, seconds: float, seed: int) -> None:
        self.jobs = jobs
        self.pace = seconds * 0.8 / jobs
        self.random = random.Random(seed)
        self.acknowledged: list[str] = []
        self.cancelled: list[str] = []
        self.counts: Counter[str] = Counter()
        self.stop = threading.Event()
        self._threads = [threading.Thread(target=body) for body in (self._create, self._meddle)]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def creating(self) -> bool:
        return self._threads[0].is_alive()

    def end(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(30)

    def _create(self) -> None:
        brands = list(Brand.objects.all())
        begun = time.monotonic()
        for number in range(self.jobs):
            kind, input_data = self._wish()
            brand = brands[number % len(brands)]
            while not self.stop.is_set():
                try:
                    job = JobService.create_job(
                        kind,
                        input_data,
                        None,
                        brand,
                        idempotency_key=f"wish-{number}",
                        timeout_seconds=5,
                    )
                except Error:
                    self.counts["create tried again"] += 1
                    connection.close()
                    time.sleep(RETRY_SECONDS)
                else:
                    self.acknowledged.append(job.job_id)
                    break
            ahead = number * self.pace - (time.monotonic() - begun)
            if ahead > 0:
                self.stop.wait(ahead)
        connection.close()

    def _wish(self) -> tuple[str, dict[str, object]]:
        dice = self.random.random()
        if dice < 0.10:
            return "sleep", {"seconds": round(self.random.uniform(0.5, 2.5), 2)}
        if dice < 0.13:
            return "work-process", {"seconds": round(self.random.uniform(0.1, 1.0), 2)}
        if dice < 0.14:
            return "failing", {"how": self.random.choice(["error", "retry", "crash", "nan"])}
        if dice < 0.145:
            return "failing", {"how": "busy"}
        if dice < 0.30:
            return "work", {"seconds": round(self.random.uniform(0.2, 1.5), 2)}
        return "work", {"seconds": round(self.random.uniform(0.0, 0.05), 3)}

    def _meddle(self) -> None:
        verbs = {
            "cancel": self._cancel,
            "pause": lambda job: lifecycle.pause(job, user=None),
            "resume": lambda job: lifecycle.resume(job, user=None),
            "retry": self._retry,
            "promote": lambda job: lifecycle.promote(job, user=None),
        }
        while not self.stop.wait(0.04):
            verb = self.random.choice(list(verbs))
            try:
                job = self._somebody(verb)
                if job is not None:
                    verbs[verb](job)
                    self.counts[verb] += 1
            except JobError:
                self.counts[f"{verb} refused"] += 1
            except Error:
                connection.close()
        connection.close()

    def _somebody(self, verb: str) -> AIJob | None:
        jobs = AIJob.objects.select_related("job_type", "queue", "brand")
        if verb == "resume":
            return jobs.filter(status=JobStatus.PAUSED).order_by("?").first()
        if verb == "pause":
            jobs = jobs.filter(job_type__name="sleep", status=JobStatus.RUNNING)
            return jobs.order_by("?").first()
        recent = self.acknowledged[-80:]
        return jobs.filter(job_id=self.random.choice(recent)).first() if recent else None

    def _cancel(self, job: AIJob) -> None:
        lifecycle.cancel(job, user=None, reason="changed my mind")
        self.cancelled.append(job.job_id)

    def _retry(self, job: AIJob) -> None:
        again = JobService.retry_job(job, user=None)
        self.acknowledged.append(again.job_id)
