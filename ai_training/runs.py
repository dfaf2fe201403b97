"""What people and programs may ask of trainings: make, estimate, pause, resume, change, compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from ai_core import lifecycle
from ai_core.models import AIJob, AIJobData
from ai_core.services import JobService
from ai_core.statuses import OPEN, JobStatus
from ai_core.told import tell
from ai_training import costs, guards, signing
from ai_training.estimates import Estimate, estimate
from ai_training.holding import SILENCE
from ai_training.job_types import EXTERNAL
from ai_training.models import ComputeOffer, GuardRail, TrainingRun
from ai_training.wishes import Wishes, wishes_of
from brands.errors import Invalid, NotFound
from brands.models import Brand
from brands.sealing import Secret

MOST_COMPARED = 10


def create_run(
    input_data: Mapping[str, Any],
    *,
    user: User | None,
    brand: Brand,
    job_type: str = EXTERNAL,
    **details: Any,
) -> TrainingRun:
    """Make a job and its run; `details` as for `JobService.create_job`."""
    job = JobService.create_job(job_type, dict(input_data), user, brand, **details)
    return TrainingRun.objects.select_related("job").get(pk=job.pk)


def estimate_run(
    input_data: Mapping[str, Any], *, brand: Brand, job_type: str = EXTERNAL
) -> Estimate:
    return estimate(wishes_of(input_data, brand), brand=brand, kind=job_type)


def begin(job: AIJob, given: Mapping[str, Any]) -> TrainingRun:
    """Give a job that was submitted its run, its guard rails and its secret; once."""
    wanted = wishes_of(given, job.brand)
    run, is_new = TrainingRun.objects.get_or_create(pk=job.pk, defaults=_facts(job, wanted))
    if is_new:
        GuardRail.objects.bulk_create(guards.rails_for(job, wanted))
        if job.job_type.name == EXTERNAL:
            signing.new_secret(job)
    return run


def _facts(job: AIJob, wanted: Wishes) -> dict[str, Any]:
    guessed = estimate(wanted, brand=job.brand_id, kind=job.job_type.name)
    return {
        "brand_id": job.brand_id,
        "name": wanted.name,
        "base_model": wanted.base_model,
        "dataset": wanted.dataset,
        "configuration": wanted.configuration,
        "preset": wanted.preset,
        "hyperparameters": wanted.hyperparameters,
        "offer": wanted.offer,
        "hourly_rate": wanted.hourly_rate,
        "is_spot": wanted.is_spot,
        "resources": wanted.resources,
        "budget": wanted.budget,
        "estimate_low": guessed.low,
        "estimate_high": guessed.high,
        "estimate_seconds": guessed.seconds,
        "total_steps": wanted.total_steps,
        "total_epochs": wanted.total_epochs,
        "lease_seconds": wanted.silence_seconds or SILENCE,
    }


# ---------------------------------------------------------------------- verbs
def pause(job: AIJob, *, user: User | None) -> AIJob:
    """Ask whoever computes for a checkpoint and to stop there; the cost clock stops with it."""
    return JobService.pause_job(job.pk, user=user)


def resume(job: AIJob, *, user: User | None, offer: ComputeOffer | None = None) -> AIJob:
    """Put a paused run back into its queue, perhaps on other machines at another rate."""
    with transaction.atomic():
        locked = AIJob.objects.select_for_update(no_key=True).get(pk=job.pk)
        run = TrainingRun.objects.select_for_update(no_key=True).get(pk=job.pk)
        if locked.status == JobStatus.PAUSED:
            costs.sync(run, locked)  # what was worked before is at the rate of before
            if offer is not None:
                change_offer(run, offer)
            run.rising = 0
            run.save(update_fields=["rising"])
            guards.arm_again(locked)
        return lifecycle.resume(job, user=user)


def change_offer(run: TrainingRun, offer: ComputeOffer) -> None:
    if offer.brand_id != run.brand_id or not offer.is_active:
        sentence = _("There is none with this number in your brand. Choose another.")
        raise Invalid(f"offer: {sentence}", errors={"offer": [sentence]})
    before = run.offer.name if run.offer else None
    _tell_change(run.job, {"offer": [before, offer.name], "hourly_rate": offer.hourly_rate})
    run.offer, run.hourly_rate = offer, offer.hourly_rate
    run.is_spot, run.resources = offer.pricing == ComputeOffer.Pricing.SPOT, offer.resources
    run.save(update_fields=["offer", "hourly_rate", "is_spot", "resources"])


@transaction.atomic
def set_labels(run: TrainingRun, *, labels: Mapping[str, str]) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(labels=labels)
    _tell_change(run.job, {"labels": [run.labels, labels]})


def set_budget(run: TrainingRun, *, budget: Decimal | None) -> None:
    """Change the hard budget of an open run; None takes it away."""
    with transaction.atomic():
        job = AIJob.objects.select_for_update(no_key=True).get(pk=run.pk)
        must_be_open(job)
        TrainingRun.objects.filter(pk=run.pk).update(budget=budget)
        _tell_change(job, {"budget": [run.budget, budget]})
        rails = GuardRail.objects.filter(job=job, kind=GuardRail.Kind.MAX_COST)
        if budget is None:
            rails.delete()
            return
        rail = rails.first()
        if rail is not None:
            guards.raise_limit(rail, limit=budget)
            return
        facts = {"limit": str(budget), "action": GuardRail.Action.CANCEL}
        guards.rail_of(job, GuardRail.Kind.MAX_COST, facts).save()


def set_rails(run: TrainingRun, rails: Mapping[str, Mapping[str, Any]]) -> None:
    """Set these guard rails of an open run; null takes one away."""
    with transaction.atomic():
        job = AIJob.objects.select_for_update(no_key=True).get(pk=run.pk)
        must_be_open(job)
        _tell_change(job, {"guard_rails": dict(rails)})
        GuardRail.objects.filter(job=job, kind__in=list(rails)).delete()
        GuardRail.objects.bulk_create(
            guards.rail_of(job, kind, dict(facts))
            for kind, facts in rails.items()
            if facts is not None
        )


def renew_secret(run: TrainingRun) -> Secret:
    """Make another secret for a run's webhooks; the one before it counts for another day."""
    if run.job.job_type.name != EXTERNAL:
        raise NotFound
    with transaction.atomic():
        secret = signing.new_secret(run.job)
        tell("secret_rotated", run.job, user=None)
    return secret


def _tell_change(job: AIJob, facts: dict[str, Any]) -> None:
    """Into the audit trail, as a change of the job: so it stands in its evidence too."""
    tell("changed", job, user=None, facts=facts)


def must_be_open(job: AIJob) -> None:
    if job.status not in OPEN:
        raise lifecycle.not_changeable(job)


# ---------------------------------------------------------------------- comparing
def configuration_of(run: TrainingRun) -> dict[str, Any]:
    """What may differ between two runs, flat: name → value."""
    facts = {
        "base_model": run.base_model,
        "preset": run.preset,
        "dataset": run.dataset.name if run.dataset else None,
        "configuration": run.configuration.name if run.configuration else None,
        "resources": run.resources,
        "total_steps": run.total_steps,
        "total_epochs": run.total_epochs,
    }
    own = {
        f"hyperparameters.{name}": value
        for name, value in run.hyperparameters.items()
        if not (name == "steps" and value == run.total_steps)  # the same once more
    }
    return {name: value for name, value in {**facts, **own}.items() if value not in (None, "")}


def differences(runs: Sequence[TrainingRun]) -> list[dict[str, Any]]:
    """Each setting with its value in every run, those that differ first."""
    known = [configuration_of(run) for run in runs]
    names = list(dict.fromkeys(name for one in known for name in one))
    rows = [
        {
            "name": name,
            "values": [one.get(name) for one in known],
            "differs": len({repr(one.get(name)) for one in known}) > 1,
        }
        for name in names
    ]
    return sorted(rows, key=lambda row: not row["differs"])


def input_of(job: AIJob) -> dict[str, Any]:
    return AIJobData.objects.values_list("input_data", flat=True).get(pk=job.pk)
