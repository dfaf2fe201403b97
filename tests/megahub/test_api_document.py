"""The whole OpenAPI document against the running hub: no 5xx, and no answer outside its schema.

Everything that a path names is there (the tenants' matrix knows how to make it), so that calls
get past "there is no such thing".
"""

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

from tests.brands.test_tenant_matrix import FOREIGN, SHARED

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance,
          status_code_conformance]  # fmt: skip
EXAMPLES = 8
STREAMS = "/stream/"  # answered by the event loop, not by this application
SIGNED = "/ai/webhooks/"  # a key does not help there


def operations() -> list[Any]:
    from megahub.api.views import document
    from megahub.wsgi import application

    schema = schemathesis.openapi.from_dict(document("en"))
    schema.app = application
    found = [result.ok() for result in schema.get_all_operations()]
    return [one for one in found if not one.path.endswith(STREAMS)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    found = operations()
    metafunc.parametrize("operation", found, ids=[f"{o.method} {o.path}" for o in found])


@pytest.mark.django_db(transaction=True)
def test_an_operation_keeps_to_the_document(operation: Any, people: Any, managers_key: str):
    named = {**SHARED.get(operation.path, {})}
    if operation.path in FOREIGN:
        named = FOREIGN[operation.path](people)
    if "project_id" in named:
        named["project_id"] = people.brand.slug
    asked: list[int] = []

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
        case.path_parameters = {**(case.path_parameters or {}), **named}
        headers = dict(case.headers or {})
        headers.pop("Prefer", None)  # it would only wait
        case.headers = {**headers, "Authorization": f"Bearer {managers_key}"}
        asked.append(case.call_and_validate(checks=CHECKS).status_code)

    walk()
    assert set(asked) != {401} or operation.path.startswith(SIGNED)
    if any(one.name == "cursor" for one in operation.iter_parameters()):
        begun = operation.Case(
            path_parameters=named,
            query={"cursor": "", "page_size": 1},
            headers={"Authorization": f"Bearer {managers_key}"},
        )
        assert begun.call_and_validate(checks=CHECKS).status_code == 200


@pytest.fixture
def managers_key(people: Any) -> str:
    """A manager's key, in a hub that knows its job types."""
    from ai_core.execution import registry
    from brands.models import Role
    from tests import factories

    registry.sync()
    manager = factories.make_member(people.brand, Role.MANAGER, username="manager")
    return factories.make_key(manager, people.brand).token
