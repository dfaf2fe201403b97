"""Plain functions that make rows for tests; each argument has a sensible default."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth import get_user_model

from brands import keys
from brands.models import Brand, Membership, Role
from brands.rights import Right

_numbers = count(1)


def make_user(username: str | None = None, **fields: Any) -> Any:
    username = username or f"user-{next(_numbers)}"
    return get_user_model().objects.create(username=username, **fields)


def make_superuser(username: str | None = None) -> Any:
    return make_user(username, is_superuser=True, is_staff=True)


def make_brand(slug: str | None = None, **fields: Any) -> Brand:
    slug = slug or f"brand-{next(_numbers)}"
    return Brand.objects.create(slug=slug, name=fields.pop("name", slug.title()), **fields)


def make_member(
    brand: Brand, role: Role = Role.MEMBER, *, user: Any = None, username: str | None = None
) -> Any:
    """Return the user, who now belongs to the brand."""
    user = user or make_user(username)
    Membership.objects.create(brand=brand, user=user, role=role)
    return user


def make_key(user: Any, brand: Brand, right: Right = Right.MANAGE, **fields: Any) -> keys.NewKey:
    return keys.issue(
        user=user, brand=brand, name=fields.pop("name", "test"), right=right, **fields
    )


def make_job(user: Any, brand: Brand, job_type: str = "sleep", **details: Any) -> Any:
    """Return a pending job, made as the API makes it."""
    from ai_core.services import JobService

    given = details.pop("input_data", {"seconds": 0})
    return JobService.create_job(job_type, given, user, brand, **details)


def make_training(user: Any, brand: Brand, **details: Any) -> Any:
    """Return a pending training that somebody else computes."""
    return make_job(user, brand, "external_training", input_data={"image": "ubuntu"}, **details)


def make_release(user: Any, brand: Brand, name: str = "") -> Any:
    from ai_core.models import Release

    name = name or f"release-{next(_numbers)}"
    return Release.objects.create(brand=brand, created_by=user, name=name)


def make_provider(brand: Brand, **fields: Any) -> Any:
    """A provider that nobody answers for, with a sealed key."""
    from ai_providers import credentials
    from ai_providers.models import Provider

    number = next(_numbers)
    provider = Provider(
        brand=brand,
        name=fields.pop("name", "provider") + f"-{number}",
        kind=fields.pop("kind", "openai_compatible"),
        base_url=fields.pop("base_url", "http://127.0.0.1:9/v1"),
        **fields,
    )
    credentials.seal(provider, f"sk-test-{number:020d}")
    provider.save()
    return provider


def make_dataset(brand: Brand, **fields: Any) -> Any:
    """A dataset that lies elsewhere."""
    from ai_training.models import Dataset

    name = fields.pop("name", "dataset") + f"-{next(_numbers)}"
    facts = {"format": "jsonl", "state": "unseen", "reference": "s3://bucket/rows.jsonl", **fields}
    return Dataset.objects.create(brand=brand, name=name, **facts)


def make_configuration(brand: Brand, **fields: Any) -> Any:
    from ai_training.models import TrainingConfiguration
    from ai_training.presets import hyperparameters_of

    name = fields.pop("name", "configuration") + f"-{next(_numbers)}"
    facts = {"preset": "balanced", "hyperparameters": hyperparameters_of("balanced"), **fields}
    return TrainingConfiguration.objects.create(brand=brand, name=name, **facts)


def make_offer(brand: Brand, **fields: Any) -> Any:
    """Two A100 for 3.60 an hour: a tenth of a cent a second."""
    from ai_training.models import ComputeOffer

    name = fields.pop("name", "offer") + f"-{next(_numbers)}"
    facts = {"kind": "gpu", "model": "A100", "count": 2, "hourly_rate": "3.60", **fields}
    return ComputeOffer.objects.create(brand=brand, name=name, **facts)


def make_webhook(brand: Brand, **fields: Any) -> Any:
    """A webhook that nobody listens to."""
    from ai_notices import webhooks

    name = fields.pop("name", "webhook") + f"-{next(_numbers)}"
    facts = {"kinds": ["job.failed"], "address": "https://hooks.example.com/canary", **fields}
    return webhooks.add(brand, user=None, name=name, **facts).webhook


def make_delivery(user: Any, brand: Brand) -> dict[str, int]:
    """A message that was tried once, as an address names it."""
    from ai_notices import outbox

    hook = make_webhook(brand, name="canary")
    return {"id": hook.pk, "delivery": outbox.test_message(hook, user=user).pk}


def make_schedule(user: Any, brand: Brand, **fields: Any) -> Any:
    """Every minute a job that takes no time."""
    from ai_schedules import schedules

    facts = {
        "name": f"canary-{next(_numbers)}", "cron": "* * * * *", "time_zone": "UTC",
        "job_type": "sleep", "input_data": {"seconds": 0}, **fields,
    }  # fmt: skip
    return schedules.add(brand, user=user, **facts)
