"""The life of an API key: made once, kept as a hash, closed at once."""

import hashlib
import io
from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from brands import keys
from brands.models import ApiKey, Membership, Role
from brands.rights import Right
from tests import factories

pytestmark = pytest.mark.django_db
ME = "/ai/me/"


def refused(api):
    answer = api.get(ME)
    assert answer.status_code == 401, answer.content
    assert answer.json()["error_code"] == "INVALID_API_KEY"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    return True


def test_only_a_hash_is_stored(people):
    new = factories.make_key(people.owner, people.brand)
    secret = new.token.split("_", 2)[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM brands_apikey k")
        dump = "\n".join(row[0] for row in cursor.fetchall())
    assert secret not in dump
    assert hashlib.sha256(secret.encode()).hexdigest() in dump


def test_a_key_says_who_it_is(owner_api, people):
    body = owner_api.get(ME).json()
    assert body["username"] == "owner"
    assert body["brand"]["slug"] == people.brand.slug
    assert body["scopes"] == ["read", "write"]  # the key says manage, the role says member


def test_revocation_counts_from_the_next_call(owner_api):
    assert owner_api.get(ME).status_code == 200
    keys.revoke(ApiKey.objects.get())
    assert refused(owner_api)


CLOSINGS = {
    "user switched off": lambda people: type(people.owner).objects.update(is_active=False),
    "membership ended": lambda people: Membership.objects.filter(user=people.owner).delete(),
    "brand switched off": lambda people: type(people.brand).objects.update(is_active=False),
    "key expired": lambda people: ApiKey.objects.update(expires_at=timezone.now()),
    "key gone": lambda people: ApiKey.objects.all().delete(),
    "hash changed": lambda people: ApiKey.objects.update(digest="0" * 64),
}


@pytest.mark.parametrize("closing", CLOSINGS)
def test_whatever_closes_the_door_closes_it_for_the_next_call(closing, owner_api, people):
    assert owner_api.get(ME).status_code == 200
    CLOSINGS[closing](people)
    assert refused(owner_api)


def test_a_lower_role_counts_from_the_next_call(owner_api, people):
    Membership.objects.filter(user=people.owner).update(role=Role.VIEWER)
    assert owner_api.get(ME).json()["scopes"] == ["read"]


NOT_KEYS = [
    "",
    "x",
    "mh_",
    "mh__",
    "mh_abcdefghij_",
    "mh_abcdefghij_" + "A" * 43,
    "mh_abcdefghij_" + "A" * 42,
    "mh_ABCDEFGHIJ_" + "A" * 43,
    "mh_abcdefghi٣_" + "A" * 43,
    "sk-" + "A" * 48,
    "A" * 100_000,
    "mh_abcdefghij_" + "A" * 43 + "\0",
    "é" * 20,
]


@pytest.mark.parametrize("token", NOT_KEYS, ids=range(len(NOT_KEYS)))
def test_what_is_not_a_key_is_refused(token, client):
    answer = client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 401
    assert answer.json()["error_code"] == "INVALID_API_KEY"


def test_a_right_prefix_with_a_wrong_secret_is_refused(people, client):
    token = factories.make_key(people.owner, people.brand).token
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert client.get(ME, HTTP_AUTHORIZATION=f"Bearer {wrong}").status_code == 401


def test_a_wrong_key_is_not_rescued_by_a_cookie(people, browser_as):
    api = browser_as(people.owner)
    assert api.get(ME).status_code == 200
    answer = api.get(ME, HTTP_AUTHORIZATION="Bearer mh_nonsense")
    assert answer.status_code == 401


def test_a_key_beats_the_cookie_and_needs_no_csrf(people, browser_as):
    api = browser_as(people.stranger)
    token = factories.make_key(people.owner, people.brand).token
    assert api.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}").json()["username"] == "owner"


def test_two_authorization_headers_joined_by_a_server_are_no_key(people, client):
    first, second = (factories.make_key(people.owner, people.brand).token for _ in range(2))
    answer = client.get(ME, HTTP_AUTHORIZATION=f"Bearer {first},Bearer {second}")
    assert answer.status_code == 401


def test_a_proxys_basic_login_does_not_disturb_the_browser(people, browser_as):
    answer = browser_as(people.owner).get(ME, HTTP_AUTHORIZATION="Basic dXNlcjpwYXNz")
    assert answer.status_code == 200


def test_a_key_in_the_address_is_ignored(people, client):
    token = factories.make_key(people.owner, people.brand).token
    answer = client.get(f"/ai/members/?api_key={token}")
    assert answer.status_code == 401
    assert token not in answer.content.decode()


def test_use_is_noted_at_most_once_a_minute(owner_api):
    owner_api.get(ME)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    owner_api.get(ME)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    owner_api.get(ME)
    assert ApiKey.objects.get().last_used_at >= first


@pytest.mark.django_db(transaction=True)
def test_noting_the_use_waits_for_nobody(owner_api):
    """A busy key must not become a queue: who finds its row locked leaves the note out."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    wanted = connection.get_connection_params()
    names = {"host", "port", "user", "password", "dbname"} & set(wanted)
    with psycopg.connect(**{name: wanted[name] for name in names}) as other:
        other.execute("SELECT id FROM brands_apikey FOR UPDATE")
        assert owner_api.get(ME).status_code == 200
    assert ApiKey.objects.get().last_used_at is None
    assert owner_api.get(ME).status_code == 200
    assert ApiKey.objects.get().last_used_at is not None


def test_a_key_costs_one_query(owner_api, django_assert_num_queries):
    owner_api.get(ME)  # notes its use
    with django_assert_num_queries(1):
        owner_api.get(ME)


def test_a_session_costs_one_query_beyond_djangos_two(
    people, browser_as, django_assert_num_queries
):
    api = browser_as(people.owner)
    with django_assert_num_queries(3):  # session, user, memberships with brands
        api.get(ME)


class TestMakingKeys:
    ADDRESS = "/ai/api-keys/"

    def test_the_key_is_shown_once_and_works(self, people, api_as, client):
        api = api_as(people.stranger, people.other_brand)
        answer = api.post(self.ADDRESS, {"name": "ci", "scopes": ["read"]})
        assert answer.status_code == 201, answer.content
        assert answer["Cache-Control"] == "no-store"
        token = answer.json()["token"]
        me = client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}").json()
        assert me["scopes"] == ["read"]
        assert token.split("_", 2)[2] not in api.get(self.ADDRESS).content.decode()

    @pytest.mark.parametrize("right", [Right.READ, Right.WRITE])
    def test_a_lesser_key_makes_no_keys(self, right, people, api_as):
        api = api_as(people.stranger, people.other_brand, right=right)
        assert api.post(self.ADDRESS, {"name": "more"}).status_code == 403
        assert api.get(self.ADDRESS).status_code == 403
        assert ApiKey.objects.count() == 1

    def test_nobody_gives_more_than_they_have(self, people, browser_as):
        api = logged_in_with_csrf(browser_as(people.owner))
        answer = api.post(self.ADDRESS, {"name": "more", "scopes": ["manage"]})
        assert answer.status_code == 400
        assert "read, write" in answer.json()["errors"]["scopes"][0]
        assert not ApiKey.objects.exists()

    def test_a_key_made_by_a_key_does_not_outlive_it(self, people, client):
        soon = timezone.now() + timedelta(days=1)
        token = factories.make_key(people.stranger, people.other_brand, expires_at=soon).token
        header = {"HTTP_AUTHORIZATION": f"Bearer {token}", "content_type": "application/json"}
        assert client.post(self.ADDRESS, {"name": "child"}, **header).status_code == 201
        assert ApiKey.objects.get(name="child").expires_at == soon
        later = {"name": "heir", "expires_at": (soon + timedelta(days=1)).isoformat()}
        answer = client.post(self.ADDRESS, later, **header)
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == ["expires_at"]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"name": ""},
            {"name": "x" * 81},
            {"name": "a\u200bb", "scopes": []},
            {"name": "x", "scopes": ["admin"]},
            {"name": "x", "scopes": "read"},
            {"name": "x", "expires_at": "2001-01-01T00:00:00Z"},
            {"name": "x", "expires_at": "tomorrow"},
            {"name": "x", "brand": 1},
            {"name": "x", "user": 1},
            {"name": "x", "digest": "0" * 64},
            {"name": {"a": 1}},
        ],
    )
    def test_a_bad_wish_names_its_fields(self, body, people, api_as):
        answer = api_as(people.stranger, people.other_brand).post(self.ADDRESS, body)
        assert answer.status_code == 400
        assert answer.json()["error_code"] == "VALIDATION_ERROR"
        assert answer.json()["errors"]
        assert ApiKey.objects.count() == 1

    def test_a_member_sees_and_revokes_only_their_own(self, people, browser_as):
        mine = factories.make_key(people.owner, people.brand).key
        theirs = factories.make_key(people.colleague, people.brand).key
        api = logged_in_with_csrf(browser_as(people.owner))
        assert [row["id"] for row in api.get(self.ADDRESS).json()["results"]] == [mine.pk]
        assert api.delete(f"{self.ADDRESS}{theirs.pk}/").status_code == 404
        assert api.delete(f"{self.ADDRESS}{mine.pk}/").status_code == 204
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert mine.revoked_at is not None
        assert theirs.revoked_at is None

    def test_a_manager_revokes_everyones(self, people, api_as):
        boss = factories.make_member(people.brand, Role.MANAGER)
        theirs = factories.make_key(people.owner, people.brand).key
        assert api_as(boss, people.brand).delete(f"{self.ADDRESS}{theirs.pk}/").status_code == 204

    def test_the_browser_needs_a_csrf_token(self, people, browser_as):
        answer = browser_as(people.owner).post(self.ADDRESS, {"name": "x"})
        assert answer.status_code == 403
        assert answer.json()["error_code"] == "PERMISSION_DENIED"
        assert not ApiKey.objects.exists()


def logged_in_with_csrf(api):
    from django.middleware.csrf import _get_new_csrf_string

    secret = _get_new_csrf_string()
    api.cookies["csrftoken"] = secret
    api.credentials(HTTP_X_CSRFTOKEN=secret)
    return api


class TestCommand:
    def create(self, *more, user="owner", brand="owls"):
        out = io.StringIO()
        call_command(
            "api_key", "create", "--user", user, "--brand", brand, "--name", "ci", *more, stdout=out
        )
        return out.getvalue()

    def test_prints_the_key_and_nothing_else(self, people, client):
        printed = self.create()
        token = printed.strip()
        assert printed == token + "\n"
        assert client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200

    def test_scopes_and_expiry(self, people):
        self.create("--scopes", "read", "--expires-days", "3")
        key = ApiKey.objects.get()
        assert key.right == Right.READ
        assert timedelta(days=2) < key.expires_at - timezone.now() < timedelta(days=4)

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"user": "nobody"}, "no user"),
            ({"brand": "nowhere"}, "There are: foxes, owls"),
            ({"brand": "foxes"}, "no member"),
        ],
    )
    def test_mistakes_are_one_clear_line(self, arguments, sentence, people):
        with pytest.raises(CommandError, match=sentence):
            self.create(**arguments)
        assert not ApiKey.objects.exists()

    @pytest.mark.parametrize(
        "more", [("--scopes", "all"), ("--expires-days", "0"), ("--scopes", ""), ("--name", " ")]
    )
    def test_bad_options_are_refused(self, more, people):
        with pytest.raises(CommandError):
            self.create(*more)
        assert not ApiKey.objects.exists()

    def test_list_and_revoke_never_show_a_secret(self, people):
        token = self.create().strip()
        out, err = io.StringIO(), io.StringIO()
        call_command("api_key", "list", stdout=out)
        assert token.split("_")[1] in out.getvalue()
        call_command("api_key", "revoke", token, stdout=out, stderr=err)
        assert ApiKey.objects.get().revoked_at is not None
        assert token.split("_", 2)[2] not in out.getvalue() + err.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_look_at_the_key_is_the_look_at_the_connection(owner_api):
    """No `SELECT 1` before it; on a connection that has died meanwhile it is asked again."""
    assert owner_api.get(ME).status_code == 200
    died = connection.connection
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [died.info.backend_pid])
    connection.health_check_done = False  # as at the beginning of a request
    assert owner_api.get(ME).status_code == 200
    assert connection.connection is not died
    connection.health_check_done = False
    with CaptureQueriesContext(connection) as asked:
        assert owner_api.get(ME).status_code == 200
    assert [one["sql"] for one in asked.captured_queries if one["sql"] == "SELECT 1"] == []
    assert connection.health_check_done
