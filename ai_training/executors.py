"""How trainings are executed; those outside wait for a runner, and no worker holds them."""

from __future__ import annotations

from ai_core.execution.protocol import Analysis, Draft, Executor, Way
from ai_core.pricing import CURRENCY
from ai_core.sections import money
from ai_training.estimates import estimate
from ai_training.wishes import wishes_of


class ExternalTraining(Executor):
    """Somebody else computes and reports (`holding`, `ingest`); a pause is an order to them."""

    name = "external_training"
    way = Way.EXTERNAL
    can_pause = True

    def check(self, draft: Draft) -> None:
        wishes_of(draft.input_data, draft.brand)

    def analyse(self, draft: Draft) -> Analysis:
        return analysis_of(draft)


def analysis_of(draft: Draft) -> Analysis:
    """The estimate that wizards show, for whoever computes."""
    wanted = wishes_of(draft.input_data, draft.brand)
    guessed = estimate(wanted, brand=draft.brand, kind=draft.job_type)
    facts = {
        "total_steps": wanted.total_steps,
        "hourly_rate": money(wanted.hourly_rate),
        "resources": wanted.resources,
        "hyperparameters": wanted.hyperparameters,
        **guessed.as_dict(),
    }
    return Analysis(
        facts=facts,
        cost_low=money(guessed.low),
        cost_high=money(guessed.high),
        currency=CURRENCY,
        duration_seconds=guessed.seconds,
    )
