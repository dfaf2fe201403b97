"""Throws generated requests at every documented call: no answer is a 500 or outside our shape."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from megahub.api.views import document
from tests import factories

TEXT = st.text(max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NUMBERS = st.sampled_from(["0", "1", "-1", "9" * 30, "1e5", "null", "", "true", "2026-01-01"])


def calls():
    verbs = {"get", "post", "put", "patch", "delete"}
    paths = document("en")["paths"]
    return [
        (verb, path, paths[path][verb]) for path in paths for verb in paths[path] if verb in verbs
    ]


def query_names(operation):
    named = [one for one in operation.get("parameters", []) if one.get("in") == "query"]
    return [one["name"] for one in named] + ["nonsense"]


def body_of(operation):
    """Known members with odd values, beside members that nobody knows."""
    reference = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = reference.get("schema", {}).get("$ref", "").rpartition("/")[2]
    properties = document("en")["components"]["schemas"].get(name, {}).get("properties", {})
    keys = st.sampled_from(sorted(properties)) if properties else TEXT
    return st.dictionaries(keys | TEXT, JSON | NUMBERS, max_size=5)


def address(path):
    """The path with something odd in each parameter, quoted so that it stays one piece."""
    part = st.one_of(NUMBERS, TEXT).filter(bool).map(lambda text: quote(text, safe=""))
    pieces = [part if piece.startswith("{") else st.just(piece) for piece in path.split("/")]
    return st.tuples(*pieces).map("/".join)


def pytest_generate_tests(metafunc):
    if "call" in metafunc.fixturenames:
        found = calls()
        metafunc.parametrize("call", found, ids=[f"{verb} {path}" for verb, path, _ in found])


@pytest.fixture
def api(people, api_as):
    boss = factories.make_superuser("boss")
    return api_as(boss, people.brand)


def test_no_generated_request_ends_in_an_error_of_ours(call, api):
    verb, path, operation = call

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        address(path),
        st.dictionaries(st.sampled_from(query_names(operation)), TEXT | NUMBERS, max_size=2),
        body_of(operation) if verb in {"post", "put", "patch"} else st.none(),
    )
    def attack(where, query, body):
        words = "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in query.items())
        data = b"" if body is None else json.dumps(body).encode()
        answer = api.generic(verb.upper(), f"{where}?{words}", data, "application/json")
        assert answer.status_code < 500, answer.content
        if answer.status_code >= 400:
            assert {"detail", "error_code"} <= set(answer.json())

    attack()
