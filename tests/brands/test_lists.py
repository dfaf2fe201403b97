"""Filters, order and pages of a list: what is not understood is refused and named."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import path
from rest_framework import generics, serializers

from brands.api.filters import StrictFilterBackend, StrictFilterSet, StrictOrdering
from brands.api.permissions import Known
from brands.api.scoping import BrandScopedMixin
from brands.models import ApiKey
from tests import factories

pytestmark = pytest.mark.django_db


class KeyFilters(StrictFilterSet):
    class Meta:
        model = ApiKey
        fields: ClassVar = {
            "name": ["exact", "icontains"],
            "right": ["exact", "in", "gte"],
            "user": ["exact"],
            "id": ["exact", "gte"],
            "created_at": ["gte", "lte"],
            "revoked_at": ["isnull"],
        }


class KeySerializer(serializers.ModelSerializer):
    class Meta:
        model = ApiKey
        fields = ("id", "name", "created_at")


class Keys(BrandScopedMixin, generics.ListAPIView):
    permission_classes = (Known,)
    serializer_class = KeySerializer
    filterset_class = KeyFilters
    filter_backends = (StrictFilterBackend, StrictOrdering)
    ordering_fields = ("name", "id")
    ordering = ("-created_at", "-id")
    extra_parameters = ("search",)
    queryset = ApiKey.objects.all()


urlpatterns = [path("ai/keys/", Keys.as_view())]


@pytest.fixture
def api(people, api_as, settings):
    settings.ROOT_URLCONF = __name__
    return api_as(people.owner, people.brand)


@pytest.fixture
def many(people):
    """Sixty keys, ten of them at one and the same moment."""
    made = [factories.make_key(people.owner, people.brand, name=f"k{n}").key for n in range(60)]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number, key in enumerate(made):
        same = 30 <= number < 40
        when = moment + timedelta(minutes=30 if same else number)
        ApiKey.objects.filter(pk=key.pk).update(created_at=when)
    return made


#            query                                   code              what is named
REFUSED = {
    "statu=1": ("UNKNOWN_FILTER", "statu"),
    "righ=1": ("UNKNOWN_FILTER", "righ"),
    "name__regex=(a": ("UNKNOWN_FILTER", "name__regex"),
    "user__password__startswith=a": ("UNKNOWN_FILTER", "user__password__startswith"),
    "digest=0": ("UNKNOWN_FILTER", "digest"),
    "%00=1": ("UNKNOWN_FILTER", "\0"),
    "right=9": ("VALIDATION_ERROR", "right"),
    "right=x": ("VALIDATION_ERROR", "right"),
    "right__in=1,9": ("VALIDATION_ERROR", "right__in"),
    "right__in=1,,x%25d": ("VALIDATION_ERROR", "right__in"),
    "right__gte=NaN": ("VALIDATION_ERROR", "right__gte"),
    "id=1e9": ("VALIDATION_ERROR", "id"),
    "id=" + "9" * 40: ("VALIDATION_ERROR", "id"),
    "id__gte=-" + "9" * 40: ("VALIDATION_ERROR", "id__gte"),
    "user=x": ("VALIDATION_ERROR", "user"),
    "name=%00": ("VALIDATION_ERROR", "name"),
    "revoked_at__isnull=maybe": ("VALIDATION_ERROR", "revoked_at__isnull"),
    "revoked_at__isnull=2": ("VALIDATION_ERROR", "revoked_at__isnull"),
    "created_at__gte=yesterday": ("VALIDATION_ERROR", "created_at__gte"),
    "created_at__gte=2026-13-01": ("VALIDATION_ERROR", "created_at__gte"),
    "right=1&right=2": ("VALIDATION_ERROR", "right"),
    "ordering=digest": ("VALIDATION_ERROR", "ordering"),
    "ordering=user__password": ("VALIDATION_ERROR", "ordering"),
    "page=0": ("VALIDATION_ERROR", "page"),
    "page=-1": ("VALIDATION_ERROR", "page"),
    "page=x": ("VALIDATION_ERROR", "page"),
    "page=٣": ("VALIDATION_ERROR", "page"),
    "page=" + "9" * 5000: ("VALIDATION_ERROR", "page"),
    "page_size=0": ("VALIDATION_ERROR", "page_size"),
    "page_size=1e9": ("VALIDATION_ERROR", "page_size"),
    "page_size=": ("VALIDATION_ERROR", "page_size"),
    "cursor=x": ("VALIDATION_ERROR", "cursor"),
    "cursor=é": ("VALIDATION_ERROR", "cursor"),
    "cursor=" + "A" * 9999: ("VALIDATION_ERROR", "cursor"),
    "cursor=&ordering=name": ("VALIDATION_ERROR", "ordering"),
}


@pytest.mark.parametrize("query", REFUSED, ids=[query[:40] for query in REFUSED])
def test_is_refused_and_named(query, api):
    answer = api.get(f"/ai/keys/?{query}")
    code, name = REFUSED[query]
    assert answer.status_code == 400, answer.content
    body = answer.json()
    assert body["error_code"] == code
    assert body["unknown"] == name if code == "UNKNOWN_FILTER" else name in body["errors"]


def test_an_unknown_filter_names_the_nearest(api):
    body = api.get("/ai/keys/?righ=1").json()
    assert body["nearest"] == "right"
    assert "Did you mean 'right'?" in body["detail"]
    assert "right__in" in body["valid"]


def test_a_bad_choice_names_the_valid_ones(api):
    assert api.get("/ai/keys/?right__in=1,9").json()["valid"] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "query",
    [
        "revoked_at__isnull=1",
        "revoked_at__isnull=yes",
        "revoked_at__isnull=TRUE",
        "created_at__gte=2020-01-01",
        "created_at__gte=2020-01-01T00:00:00Z",
        "created_at__gte=2020-01-01T00:00:00+02:00",
        "created_at__gte=2020-01-01T00:00:00%2B02:00",
        "right__in=1,2,3",
        "right=",
        "ordering=-name",
        "page_size=1000000",
        "search=x",
        "cursor=",
    ],
)
def test_is_understood(query, api):
    assert len(api.get(f"/ai/keys/?{query}").json()["results"]) == 1


@pytest.mark.parametrize("word", ["0", "no", "FALSE", "off"])
def test_false_is_false_and_not_no_filter(word, api):
    assert api.get(f"/ai/keys/?revoked_at__isnull={word}").json()["results"] == []


def test_a_relation_never_tells_whether_a_foreign_row_exists(api, people):
    seen = [api.get(f"/ai/keys/?user={pk}") for pk in (people.stranger.pk, 10**9)]
    assert {answer.status_code for answer in seen} == {200}
    assert all(answer.json()["results"] == [] for answer in seen)


def test_pages_by_number(api, many):
    first = api.get("/ai/keys/").json()
    assert set(first) == {"count", "next", "previous", "results"}
    assert (first["count"], len(first["results"])) == (61, 25)
    assert len(api.get("/ai/keys/?page_size=999").json()["results"]) == 61
    last = api.get("/ai/keys/?page=3").json()
    assert (len(last["results"]), last["next"]) == (11, None)


@pytest.mark.parametrize("page", ["4", "999999", "9" * 18])
def test_a_page_beyond_the_end_is_not_found(page, api, many):
    answer = api.get(f"/ai/keys/?page={page}")
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "NOT_FOUND"


def walk(api, address, link="next"):
    seen = []
    for _step in range(20):
        body = api.get(address).json()
        assert set(body) == {"next", "previous", "results"}
        seen.append([row["id"] for row in body["results"]])
        if body[link] is None:
            return seen, body
        parts = urlsplit(body[link])
        address = f"{parts.path}?{parts.query}"
    raise AssertionError("the walk does not end")


def test_a_cursor_walks_there_and_back_without_losing_or_repeating(api, many):
    expected = list(ApiKey.objects.order_by("-created_at", "-id").values_list("id", flat=True))
    there, last = walk(api, "/ai/keys/?cursor=&page_size=7")
    assert [pk for page in there for pk in page] == expected
    parts = urlsplit(last["previous"])
    back, _first = walk(api, f"{parts.path}?{parts.query}", "previous")
    assert [pk for page in reversed(back) for pk in page] == expected[
        : len(expected) - len(there[-1])
    ]


def test_new_rows_do_not_shift_a_walk(api, many, people):
    page = api.get("/ai/keys/?cursor=&page_size=10").json()
    factories.make_key(people.owner, people.brand)
    query = parse_qs(urlsplit(page["next"]).query)
    after = api.get("/ai/keys/", {"cursor": query["cursor"][0], "page_size": 10}).json()
    assert not {row["id"] for row in page["results"]} & {row["id"] for row in after["results"]}


def test_a_cursor_that_somebody_changed_is_refused(api, many):
    cursor = parse_qs(urlsplit(api.get("/ai/keys/?cursor=").json()["next"]).query)["cursor"][0]
    for changed in (cursor[:-1], cursor[1:], cursor + "A", cursor.swapcase()):
        assert api.get("/ai/keys/", {"cursor": changed}).status_code == 400


def test_a_page_costs_the_same_queries_whatever_its_size(api, many):
    api.get("/ai/keys/")
    costs = []
    for query in ("page_size=1", "page_size=60", "cursor=&page_size=1", "cursor=&page_size=60"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            api.get(f"/ai/keys/?{query}")
        costs.append(len(queries))
    assert costs == [3, 3, 2, 2]  # the key, the count, the page; a cursor counts nothing
