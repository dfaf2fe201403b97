"""The OpenAPI document against the running hub: no 5xx, and no answer outside its schema."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as hypothesis_given
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = pytest.mark.django_db(transaction=True)

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance,
          status_code_conformance]  # fmt: skip
EXAMPLES = 12


def operations() -> list[Any]:
    from megahub.api.views import document
    from megahub.wsgi import application

    schema = schemathesis.openapi.from_dict(document("en"))
    schema.app = application
    found = [result.ok() for result in schema.get_all_operations()]
    return [one for one in found if one.path.startswith(("/ai/job", "/ai/queues", "/ai/artifacts"))]


def test_every_operation_keeps_to_the_document(people, make_job):
    from ai_core.execution import registry
    from brands.models import Role
    from tests import factories

    registry.sync()

    user = factories.make_member(people.brand, Role.MANAGER)
    token = factories.make_key(user, people.brand).token
    job = make_job("completed")
    asked: set[str] = set()
    for operation in operations():
        if operation.path.endswith("/stream/"):
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis_given(case=operation.as_strategy())
        def walk(case: Any) -> None:
            if "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = job.pk
            headers = dict(case.headers or {})
            headers.pop("Prefer", None)  # it would only wait
            case.headers = {**headers, "Authorization": f"Bearer {token}"}
            case.call_and_validate(checks=CHECKS)
            asked.add(f"{case.method} {case.path}")

        walk()
    assert len(asked) >= 30
