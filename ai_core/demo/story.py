"""What happened in a demo brand: two weeks of work, one of each ending, and what is still open.

Jobs are made by JobService and run by their executors, in batches as a worker settles them: the
first start of the hub waits for this.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ai_core.demo.dating import date_back
from ai_core.demo.words import LANGUAGES, WORDS, parts, sample
from ai_core.errors import JobError
from ai_core.execution import late_writes, registry, statements
from ai_core.execution.attempts import Attempt
from ai_core.execution.journal import Journal
from ai_core.execution.outcomes import Claimed, paused
from ai_core.execution.work import outcome_of
from ai_core.models import AIJob, Queue, Release
from ai_core.services import JobService, NewJob
from ai_core.statuses import FINAL
from brands.models import Brand

TAG = "demo"
QUEUE = "demo"
DAYS = 14


def make_jobs(brands: Iterable[Brand]) -> int:
    """Give each brand its demo jobs, unless it has some; return how many were made."""
    return sum(_Story(brand).tell() for brand in brands)


class _Story:
    """The jobs of one brand, all or none of them."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self.language = LANGUAGES.get(brand.slug, "en")
        self.words = WORDS[self.language]
        self.title, self.text = sample(self.language)
        self.chance = random.Random(brand.slug)  # noqa: S311  (the same story every time)
        self.person, self.admin = _people(brand)
        self.ages: dict[int, timedelta] = {}

    def tell(self) -> int:
        jobs = AIJob.objects.filter(brand=self.brand, tags__contains=[TAG])
        with transaction.atomic():
            Brand.objects.select_for_update().get(pk=self.brand.pk)  # two at once: one waits
            if jobs.exists():
                return 0
            self._work(self._releases())
            self._endings()
            self._open()
            over = jobs.filter(pk__in=self.ages, status__in=FINAL).values_list("pk", flat=True)
            date_back({pk: self.ages[pk] for pk in over})
        return jobs.count()

    def _releases(self) -> list[Release]:
        made = []
        for place, name in enumerate(self.words["releases"]):
            release, new = Release.objects.get_or_create(
                brand=self.brand, name=name, defaults={"created_by": self.person}
            )
            if new:
                made_at = timezone.now() - timedelta(days=DAYS - DAYS // 2 * place)
                Release.objects.filter(pk=release.pk).update(created_at=made_at)
            made.append(release)
        return made

    # ------------------------------------------------------------------ what is over
    def _work(self, releases: list[Release]) -> None:
        """Each part of the sample text in turn, analysed or summarised; then the rest."""
        sections = list(parts(self.language))
        wanted: list[tuple[NewJob, float]] = []
        for day in range(DAYS - 1, -1, -1):
            for turn in range(self.chance.choice((1, 1, 2))):
                title, body = sections[(day + turn) % len(sections)]
                is_summary = self.chance.random() < 1 / 3
                new = self._new(
                    "text_summary" if is_summary else "content_analysis",
                    {"text": body},
                    self.words["summary" if is_summary else "analysis"].format(title=title),
                    release=releases[day < DAYS // 2],
                )
                wanted.append((new, day))
        page = self.words["page"].format(title=self.title)
        wanted += [
            (self._new("http_check", {"url": "http://192.168.1.1/"}, self.words["inside"]), 4),
            (self._new("sleep", {"seconds": 0.01}, self.words["short"]), 5),
            (self._new("content_analysis", {"text": "<p><!-- --></p>"}, self.words["blank"]), 3),
            (
                self._new(
                    "content_analysis", {"text": self.text}, page,
                    priority="high", release=releases[1],
                ),
                1,
            ),
        ]  # fmt: skip
        jobs = self._make([new for new, _day in wanted])
        _run(jobs)
        for job, (_new, days) in zip(jobs, wanted, strict=True):
            self._aged(job, days=days)
        self._again(blank=jobs[-2], page=jobs[-1])

    def _again(self, *, blank: AIJob, page: AIJob) -> None:
        """The failed one goes again with a text in it, the good one as it was."""
        blank.refresh_from_db()
        new = [JobService.restart_job(page, user=self.admin)]
        if blank.status == "failed":
            new.append(
                JobService.retry_job(blank, user=self.person, input_data={"text": self.text})
            )
            self._aged(new[1], days=2.5)
        _run(new)

    def _endings(self) -> None:
        """The ends that need a person: given up, failed by hand, overdue."""
        failed, late, old = self._make(
            [
                self._new("failing", {"how": "error"}, self.words["failed"]),
                self._new("sleep", {"seconds": 3600}, self.words["late"]),
                self._new("content_analysis", {"text": self.text}, self.words["cancelled"]),
            ]
        )
        JobService.cancel_job(
            old.pk, user=self.person, reason="no_longer_needed", notes=self.words["notes"]
        )
        self._aged(old, days=8)
        try:
            JobService.start_job(failed.pk)
            JobService.start_job(late.pk)
        except JobError:
            return  # their queue is full or paused: they wait in it like any other
        JobService.append_log(failed.pk, self.words["told"], "ERROR")
        JobService.fail_job(failed.pk, self.words["told"])
        JobService.update_status(late.pk, "timeout", self.words["overdue"])
        self._aged(failed, days=6)
        self._aged(late, days=7)

    # ------------------------------------------------------------------ what is not over
    def _open(self) -> None:
        tomorrow = timezone.now() + timedelta(days=1)
        whole = {"text": self.text}
        _draft, _later, _long, held, *waiting = self._make(
            [
                self._new("content_analysis", whole, self.words["draft"], draft=True),
                self._new(
                    "http_check", {"url": "https://example.com/"}, self.words["later"],
                    run_after=tomorrow.replace(hour=6, minute=0, second=0, microsecond=0),
                ),
                # This one runs for real as soon as a worker is there.
                self._new("sleep", {"seconds": 600}, self.words["long"], priority="low"),
                self._new("sleep", {"seconds": 900}, self.words["paused"]),
                *(
                    self._new("text_summary", whole, self.words["waiting"], priority=priority)
                    for priority in ("low", "normal", "urgent")
                ),
            ]
        )  # fmt: skip
        AIJob.objects.filter(pk__in=[job.pk for job in waiting]).update(queue=_demo_queue())
        self._pause(held)

    def _pause(self, job: AIJob) -> None:
        """Stop a sleep where a worker would have: at a checkpoint, a third of the way."""
        claimed = _claimed(job)
        if claimed is None:
            return
        journal = Journal()
        journal.progress(claimed, percentage=33, substatus=None)
        journal.flush()
        late_writes.set_checkpoint(claimed, {"slept": 300.0})
        JobService.pause_job(job.pk, user=self.person)
        statements.settle([paused(claimed)])

    # ------------------------------------------------------------------ the small steps
    def _new(self, kind: str, wanted: dict[str, Any], description: str, **details: Any) -> NewJob:
        return NewJob(
            job_type=kind,
            input_data=wanted,
            description=description,
            tags=(TAG, self.language),
            **details,
        )

    def _make(self, wanted: list[NewJob]) -> list[AIJob]:
        return JobService.create_jobs(wanted, user=self.person, brand=self.brand)

    def _aged(self, job: AIJob, *, days: float) -> None:
        if days:
            self.ages[job.pk] = timedelta(days=days, seconds=self.chance.uniform(-9000, 9000))


def _people(brand: Brand) -> tuple[User | None, User | None]:
    """The brand's member and the admin, as far as they are there."""
    names = [f"{brand.slug}-member", "admin"]
    found = {user.username: user for user in get_user_model().objects.filter(username__in=names)}
    return found.get(names[0]), found.get(names[1])


def _demo_queue() -> Queue:
    """A queue that starts nothing until somebody resumes it, and holds up nobody else."""
    queue, _new = Queue.objects.get_or_create(
        name=QUEUE,
        defaults={"description": "Paused, to see how jobs wait. Resume it.", "is_paused": True},
    )
    return queue


def _claimed(job: AIJob) -> Claimed | None:
    """Take a job as a worker does; None when its queue is full or paused."""
    claims = statements.claim(
        job.queue_id, types=[job.job_type_id], want=1, worker="demo", only_job=job.pk
    )
    return claims[0] if claims else None


def _run(jobs: list[AIJob]) -> None:
    """Run these jobs one after the other, and settle them together as a worker does."""
    journal, outcomes = Journal(), []
    for job in jobs:
        executor = registry.executor_named(job.job_type.executor)
        claimed = _claimed(job)
        if claimed is None or executor is None:
            continue
        attempt = Attempt(claimed, kind=job.job_type, executor=executor, journal=journal)
        outcome = outcome_of(attempt)
        if outcome is not None:
            outcomes.append(outcome)
        attempt.clean_up()
    journal.flush()
    if outcomes:
        statements.settle(outcomes)
