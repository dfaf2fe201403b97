"""The OpenAPI document: valid, complete, the same for everyone."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from megahub.api.openapi import codes
from megahub.api.views import document


@pytest.fixture
def schema():
    document.cache_clear()
    GENERATOR_STATS.reset()
    return document("en")


def test_it_is_valid_openapi_3_1_and_made_without_a_warning(schema):
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)
    assert not GENERATOR_STATS


def test_its_shapes_are_json_schemas(schema):
    for shape in schema["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)


def test_anyone_gets_it_as_json_and_on_request_as_yaml_without_a_database(client):
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["info"]["title"] == "MEGAHUB"
    yaml = client.get("/api/schema/", HTTP_ACCEPT="application/yaml")
    assert yaml.content.startswith(b"openapi: 3.1")


def test_every_call_points_to_the_shared_error(schema):
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            error = operation["responses"]["default"]
            assert error == {"$ref": "#/components/responses/Error"}, (path, verb)


def test_every_call_has_a_sentence_and_a_group(schema):
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            assert operation.get("description"), (path, verb)
            assert operation.get("tags") != ["ai"], f"{verb} {path} has no tag of its own"


def test_the_list_of_codes_in_the_docs_is_in_step():
    printed = io.StringIO()
    call_command("error_codes", stdout=printed)
    kept = (Path(settings.BASE_DIR) / "docs" / "errors.md").read_text()
    assert kept == printed.getvalue(), "run: python manage.py error_codes > docs/errors.md"


def test_every_code_says_when_it_comes():
    assert [code for code, (_status, text) in codes().items() if not text] == []


def test_operation_ids_are_unique(schema):
    ids = [
        operation["operationId"] for each in schema["paths"].values() for operation in each.values()
    ]
    assert len(ids) == len(set(ids))


def test_both_ways_of_asking_are_described(schema):
    schemes = schema["components"]["securitySchemes"]
    assert schemes["apiKey"]["scheme"] == "bearer"
    assert schemes["session"]["in"] == "cookie"


def test_the_index_names_what_is_here(client, db):
    body = client.get("/api/").json()
    assert body["openapi"].endswith("/api/schema/")
    assert body["documentation"].endswith("/api/docs/")
    for address in body.values():
        assert client.get(address).status_code in {200, 401}
