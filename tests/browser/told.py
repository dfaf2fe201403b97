"""A webhook with deliveries and a schedule with a history, for the pages about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.site import Cast


@dataclass(frozen=True)
class Told:
    hook: Any
    failed: Any
    schedule: Any
    stopped: Any


def tell(cast: Cast) -> Told:
    from ai_notices import webhooks
    from ai_notices.kinds import JOB_KINDS

    made = webhooks.add(
        cast.first, user=cast.member, name="our board", address="https://hooks.example.com/a/b",
        kinds=list(JOB_KINDS),
    )  # fmt: skip
    webhooks.add(
        cast.first, user=cast.member, name="the team", shape="slack", kinds=["job.failed"],
        address="https://hooks.slack.example/services/T0/B0/secret",
    )  # fmt: skip
    failed = [_delivery(made.webhook, number) for number in range(4)][1]
    return Told(made.webhook, failed, *_schedules(cast))


def _delivery(hook: Any, number: int) -> Any:
    from ai_notices.models import Attempt, Delivery, Message

    now = datetime.now(UTC) - timedelta(minutes=number)
    facts = {"job_id": "ai_job_aaaaaaaaaaaaaaaaaaaaaaaaaa", "description": "Nightly <b>", "id": 1}
    message = Message.objects.create(
        brand_id=hook.brand_id, kind="job.completed", key=f"told-{number}", at=now, facts=facts
    )
    state = ("delivered", "waiting", "given_up", "delivered")[number]
    delivery = Delivery.objects.create(
        brand_id=hook.brand_id, message=message, webhook=hook, state=state, attempts=2,
        due_at=now + timedelta(hours=1), delivered_at=now if state == "delivered" else None,
    )  # fmt: skip
    Attempt.objects.create(
        delivery=delivery, number=1, at=now, seconds=0.2, status=500, error_code="HTTP_500",
        error="It answered 500.", answer="<html>" + "oops " * 80,
    )  # fmt: skip
    Attempt.objects.create(delivery=delivery, number=2, at=now, seconds=0.1, status=204)
    return delivery


def _schedules(cast: Cast) -> tuple[Any, Any]:
    from ai_schedules import schedules
    from ai_schedules.models import Schedule, Tick

    facts = {"job_type": "sleep", "input_data": {"seconds": 1}, "time_zone": "Europe/Paris"}
    on, stopped = (
        schedules.add(cast.first, user=cast.member, name=name, cron=cron, tags=["auto"], **facts)
        for name, cron in (("every morning", "0 7 * * 1-5"), ("each night", "*/15 1-4 * * *"))
    )
    schedules.run_now(on, user=cast.member)
    now = datetime.now(UTC)
    for number, (became, why, missed) in enumerate(
        (("skipped", "missed", 41), ("skipped", "overlap", 0), ("waiting", "", 0),
         ("failed", "The limit of this month is reached.", 0))
    ):  # fmt: skip
        Tick.objects.create(
            brand=cast.first, schedule=on, at=now - timedelta(hours=number + 1), became=became,
            why=why, missed=missed,
        )  # fmt: skip
    Schedule.objects.filter(pk=stopped.pk).update(
        paused="failures", paused_at=now, failures=5, last_failure="The limit is reached."
    )
    return on, stopped


def pages(told: Told) -> list[tuple[str, str, str]]:
    hook, one = f"/settings/webhooks/{told.hook.pk}/", f"/schedules/{told.schedule.pk}/"
    return [
        ("webhooks", "manager", "/settings/webhooks/"),
        ("webhooks-forbidden", "member", "/settings/webhooks/"),
        ("webhooks-nothing", "both", "/settings/webhooks/"),
        ("webhook", "manager", hook),
        ("webhook-edit", "manager", f"{hook}edit/"),
        ("webhook-new", "manager", "/settings/webhooks/new/"),
        ("webhook-delivery", "manager", f"{hook}deliveries/{told.failed.pk}/"),
        ("my-notifications", "member", "/settings/notifications/"),
        ("schedules", "member", "/schedules/"),
        ("schedules-all-brands", "admin", "/schedules/"),
        ("schedules-nothing", "both", "/schedules/"),
        ("schedule", "member", one),
        ("schedule-stopped", "manager", f"/schedules/{told.stopped.pk}/"),
        ("schedule-edit", "member", f"{one}edit/"),
        ("schedule-types", "member", "/schedules/new/"),
        ("schedule-new", "member", "/schedules/new/?type=sleep"),
    ]
