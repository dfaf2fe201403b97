"""Every kind of error has one shape, whoever raised it and wherever."""

import json
import logging

import psycopg
import pytest
from django.core import exceptions as django
from django.db import DataError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpResponse
from django.http.request import UnreadablePostError
from django.test import override_settings
from django.urls import include, path
from redis.exceptions import ConnectionError as ValkeyGone
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from brands import errors as domain
from brands.models import Brand
from tests import factories

SECRET = "canary-in-the-traceback"


class Nested(serializers.Serializer):
    class Message(serializers.Serializer):
        role = serializers.ChoiceField(["user"])

    class Input(serializers.Serializer):
        pass

    name = serializers.CharField()
    messages = Message(many=True)


def unexpected():
    raise RuntimeError(SECRET)


def slow_statement():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        cursor.execute("SELECT pg_sleep(5)")


def nested_fields():
    Nested(data={"messages": [{"role": "user"}, {"role": "god"}]}).is_valid(raise_exception=True)


def model_clean():
    Brand(name="x", slug="Not A Slug", currency="euro", time_zone="Mars").clean_fields()


def raising(error):
    def act():
        raise error

    return act


#           what happens                             status, code, further facts
ERRORS = {
    "not-found": (raising(Http404("No Job matches")), 404, "NOT_FOUND", {}),
    "denied": (raising(django.PermissionDenied(SECRET)), 403, "PERMISSION_DENIED", {}),
    "drf-denied": (raising(drf.PermissionDenied()), 403, "PERMISSION_DENIED", {}),
    "nobody": (raising(drf.NotAuthenticated()), 401, "NOT_AUTHENTICATED", {}),
    "parse": (raising(drf.ParseError()), 400, "VALIDATION_ERROR", {}),
    "media": (raising(drf.UnsupportedMediaType("x/y")), 415, "UNSUPPORTED_MEDIA_TYPE", {}),
    "throttled": (raising(drf.Throttled(wait=3)), 429, "RATE_LIMITED", {}),
    "fields": (nested_fields, 400, "VALIDATION_ERROR", {"errors"}),
    "clean": (model_clean, 400, "VALIDATION_ERROR", {"errors"}),
    "plain-list": (raising(drf.ValidationError(["a", "b"])), 400, "VALIDATION_ERROR", {"errors"}),
    "empty": (raising(drf.ValidationError({})), 400, "VALIDATION_ERROR", {"errors"}),
    "too-big": (raising(django.RequestDataTooBig()), 413, "PAYLOAD_TOO_LARGE", {"limit_bytes"}),
    "suspicious": (raising(django.SuspiciousOperation(SECRET)), 400, "VALIDATION_ERROR", {}),
    "bad": (raising(django.BadRequest(SECRET)), 400, "VALIDATION_ERROR", {}),
    "fields-many": (raising(django.TooManyFieldsSent()), 400, "VALIDATION_ERROR", {}),
    "gone": (raising(UnreadablePostError(SECRET)), 400, "VALIDATION_ERROR", {}),
    "data": (raising(DataError(SECRET)), 400, "VALIDATION_ERROR", {}),
    "database": (raising(OperationalError(SECRET)), 503, "SERVICE_UNAVAILABLE", {}),
    "closed": (raising(InterfaceError(SECRET)), 503, "SERVICE_UNAVAILABLE", {}),
    "statement": (slow_statement, 503, "SERVICE_UNAVAILABLE", {}),
    "valkey": (raising(ValkeyGone(SECRET)), 503, "SERVICE_UNAVAILABLE", {}),
    "nul": (lambda: Brand.objects.get(name="a\0b"), 400, "VALIDATION_ERROR", {}),
    "unexpected": (unexpected, 500, "INTERNAL_ERROR", {"request_id"}),
    "recursion": (raising(RecursionError(SECRET)), 500, "INTERNAL_ERROR", {"request_id"}),
    "brand": (raising(domain.BrandRequired()), 403, "BRAND_REQUIRED", {}),
    "facts": (raising(domain.NotFound("x", a=1)), 404, "NOT_FOUND", {"a"}),
}


class Raising(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request, kind):
        return Response(ERRORS[kind][0]())


def plain(request, kind):
    return HttpResponse(ERRORS[kind][0]())


urlpatterns = [
    path("ai/raise/<str:kind>/", Raising.as_view()),
    path("ai/plain/<str:kind>/", plain),
    path("", include("megahub.urls")),
]


@pytest.fixture
def strange(client, settings, db):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("view", ["raise", "plain"])
@pytest.mark.parametrize("kind", ERRORS)
def test_the_shape(kind, view, debug, strange, settings):
    settings.DEBUG = debug
    _act, status, code, facts = ERRORS[kind]
    answer = strange.get(f"/ai/{view}/{kind}/", HTTP_ACCEPT="application/json")
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert body["error_code"] == code
    assert isinstance(body["detail"], str)
    assert body["detail"]
    assert set(body) == {"detail", "error_code", *facts}
    assert SECRET not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    assert ("Retry-After" in answer) == (status in {429, 503})
    assert ("WWW-Authenticate" in answer) == (status == 401)


@pytest.mark.django_db(transaction=True)
def test_a_lost_database_connection_is_a_503_and_the_next_call_works(client, settings):
    settings.ROOT_URLCONF = __name__
    people = factories.make_brand("owls")
    token = factories.make_key(factories.make_member(people), people).token
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        number = cursor.fetchone()[0]
    with psycopg.connect(**_door()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    header = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    answer = client.get("/ai/me/", **header)
    assert (answer.status_code, answer.json()["error_code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer["Retry-After"]
    connection.close_if_unusable_or_obsolete()  # Django does so between real requests
    assert client.get("/ai/me/", **header).status_code == 200


def _door() -> dict:
    wanted = connection.get_connection_params()
    return {
        name: wanted[name]
        for name in ("host", "port", "user", "password", "dbname")
        if name in wanted
    }


def test_field_errors_have_dotted_paths(strange):
    errors = strange.get("/ai/raise/fields/").json()["errors"]
    assert set(errors) == {"name", "messages.1.role"}


def test_an_unexpected_error_is_logged_under_the_number_that_the_caller_gets(strange, caplog):
    with caplog.at_level(logging.ERROR):
        answer = strange.get("/ai/raise/unexpected/", HTTP_X_REQUEST_ID="trace-12345678")
    assert answer.json()["request_id"] == answer["X-Request-ID"] == "trace-12345678"
    assert SECRET in caplog.text  # the operator sees what the caller does not


def test_an_address_without_its_last_slash_is_named_in_the_callers_language(client, db):
    refused = client.post("/ai/jobs", {}, HTTP_ACCEPT_LANGUAGE="fr")
    assert refused.status_code == 404
    assert refused.json()["detail"].startswith("Ici, les adresses se terminent par")
    assert "/ai/jobs/" in refused.json()["detail"]
    assert "/ai/jobs/" in client.post("/ai/jobs", {}).json()["detail"]
    assert "/api/docs/" in client.get("/ai/nothing/").json()["detail"]


OUTSIDE = {
    "unknown address": ("get", "/ai/nothing/", {}, 404, "NOT_FOUND"),
    "unknown address of another front door": ("get", "/v1/nothing", {}, 404, "NOT_FOUND"),
    "no slash, not a GET": ("post", "/ai/api-keys", {}, 404, "NOT_FOUND"),
    "NUL in the address": ("get", "/ai/a%00b/", {}, 404, "NOT_FOUND"),
    "huge number in the address": ("delete", f"/ai/api-keys/{10**40}/", {}, 404, "NOT_FOUND"),
    "unknown host": ("get", "/ai/me/", {"HTTP_HOST": "evil.example"}, 400, "VALIDATION_ERROR"),
    "wrong method": ("delete", "/ai/me/", {}, 405, "METHOD_NOT_ALLOWED"),
    "strange method": ("generic", "/ai/me/", {"method": "BREW"}, 405, "METHOD_NOT_ALLOWED"),
    "wrong accept": ("get", "/ai/me/", {"HTTP_ACCEPT": "image/png"}, 406, "NOT_ACCEPTABLE"),
    "nobody": ("get", "/ai/me/", {}, 401, "NOT_AUTHENTICATED"),
    "length is a word": ("post", "/ai/api-keys/", {"CONTENT_LENGTH": "x"}, 400, "VALIDATION_ERROR"),
    "length below zero": ("post", "/ai/me/", {"CONTENT_LENGTH": "-1"}, 400, "VALIDATION_ERROR"),
    "length in Arabic": ("post", "/ai/me/", {"CONTENT_LENGTH": "٣"}, 400, "VALIDATION_ERROR"),
    "length of a planet": (
        "post",
        "/ai/me/",
        {"CONTENT_LENGTH": "9" * 99},
        400,
        "VALIDATION_ERROR",
    ),
    "too long": ("post", "/ai/api-keys/", {"CONTENT_LENGTH": "1048577"}, 413, "PAYLOAD_TOO_LARGE"),
    "compressed": (
        "post",
        "/ai/api-keys/",
        {"HTTP_CONTENT_ENCODING": "gzip"},
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    ),
}


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("case", OUTSIDE)
def test_errors_outside_the_framework_have_the_same_shape(case, debug, client, settings, people):
    settings.DEBUG = debug
    verb, address, extra, status, code = OUTSIDE[case]
    extra = {"HTTP_ACCEPT": "application/json", **extra}
    method = extra.pop("method", verb.upper())
    client.raise_request_exception = False
    if case != "nobody":
        token = factories.make_key(people.stranger, people.other_brand).token
        extra["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    answer = client.generic(method, address, b"", "application/json", **extra)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["error_code"] == code


def test_a_page_stays_a_page(client, db):
    answer = client.get("/nothing-here/", HTTP_ACCEPT="text/html")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_no_answer_lets_another_origin_in(client, db):
    for method in ("GET", "OPTIONS"):
        answer = client.generic(
            method,
            "/ai/me/",
            HTTP_ORIGIN="https://evil.example",
            HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        )
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


class TestBodies:
    """The JSON gate as seen over HTTP."""

    ADDRESS = "/ai/api-keys/"

    def post(self, api, body, content_type="application/json", **extra):
        return api.generic("POST", self.ADDRESS, body, content_type=content_type, **extra)

    @pytest.fixture
    def api(self, people, api_as):
        return api_as(people.stranger, people.other_brand)

    def test_every_hostile_literal_is_a_4xx_in_json(self, api):
        from tests.brands.test_strict_json import REFUSED

        for data in filter(None, REFUSED):
            answer = self.post(api, data)
            assert answer.status_code == 400, (data[:40], answer.content)
            assert answer.json()["error_code"] == "VALIDATION_ERROR"
            assert answer.json()["reason"]

    @pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null", b"true"])
    def test_the_top_level_must_be_what_the_call_takes(self, api, body):
        answer = self.post(api, body)
        assert answer.status_code == 400
        assert answer.json()["reason"] == "top_level"

    @pytest.mark.parametrize(
        "kind",
        ["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
    )
    def test_another_content_type_is_415(self, api, kind):
        answer = self.post(api, b'{"name": "x"}', kind)
        assert answer.status_code == 415
        assert answer.json()["error_code"] == "UNSUPPORTED_MEDIA_TYPE"

    @pytest.mark.parametrize("charset", ["latin-1", "utf-16", "bz2_codec", "x" * 999])
    def test_another_charset_is_refused(self, api, charset):
        answer = self.post(api, b'{"name": "x"}', f"application/json; charset={charset}")
        assert answer.status_code in {400, 415}
        assert answer.json()["error_code"]

    def test_utf_8_may_be_said(self, api):
        answer = self.post(api, '{"name": "é"}'.encode(), "application/json; charset=UTF-8")
        assert answer.status_code == 201

    def test_ten_megabytes_are_413_with_the_limit(self, api):
        answer = self.post(api, b'{"name": "' + b"x" * 10_000_000 + b'"}')
        assert answer.status_code == 413
        assert answer.json()["limit_bytes"] == 1_048_576

    def test_no_body_is_an_empty_object(self, api):
        assert self.post(api, b"").json()["errors"] == {"name": ["This field is required."]}


def test_exactly_the_known_codes_are_documented(client):
    document = client.get("/api/schema/").json()
    listed = document["components"]["schemas"]["Error"]["properties"]["error_code"]["enum"]
    from megahub.api.errors import CODES

    assert set(CODES.values()) <= set(listed)
    assert {kind.code for kind in domain.declared_errors()} - {"ERROR"} <= set(listed)
    assert json.dumps(document).count("#/components/responses/Error") > 5


@override_settings(ALLOWED_HOSTS=[])
def test_the_exception_handler_survives_a_request_without_a_host(client, db):
    assert client.get("/ai/me/", HTTP_HOST="x.example").json()["error_code"]
