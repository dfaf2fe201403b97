"""Signing in through an OpenID Connect provider: who comes in, who does not, and what is tried."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client

from brands.audit.models import AuditEntry
from brands.models import Identity, Membership, Role
from brands.sign_in import factors, totp
from megahub.environment import Issuer
from tests import factories
from tests.brands.openid_issuer import CLIENT, SECRET, OpenIdIssuer

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdIssuer]:
    one = OpenIdIssuer()
    yield one
    one.stop()


@pytest.fixture
def issuer(provider, settings):
    provider.sign, provider.silent = provider.signed, False
    provider.codes.clear()
    settings.PUBLIC_URL = "http://testserver"
    settings.OIDC = Issuer(provider.address, CLIENT, SECRET, "Owl ID", frozenset(), None)
    return provider


@pytest.fixture
def ada(issuer):
    """Invited by her address, never here before."""
    user = get_user_model().objects.create(username="ada", email="Ada@owls.example")
    user.set_unusable_password()
    user.save()
    Membership.objects.create(user=user, brand=factories.make_brand("owls"), role=Role.MEMBER)
    return user


def sent_there(client: Client, where: str = "/jobs/") -> str:
    answer = client.get("/login/elsewhere/", {"next": where})
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def through(client: Client, issuer: OpenIdIssuer, *, where: str = "/jobs/", **claims: Any) -> Any:
    return client.get("/login/back/", issuer.code_for(sent_there(client, where), **claims))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# ---------------------------------------------------------------------- who comes in
def test_somebody_invited_comes_in_and_is_known_from_then_on(client, issuer, ada):
    assert "Owl ID" in client.get("/login/").content.decode()
    answer = through(client, issuer)
    assert (answer.status_code, answer["Location"]) == (302, "/jobs/")
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert Identity.objects.get().subject == "sub-1"
    later = Client()
    through(later, issuer, email="she-has-another-one@owls.example")
    assert later.session["_auth_user_id"] == str(ada.pk)
    told = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert told.count("account.identity_connected") == 1
    assert told.count("sign_in.done") == 2


def test_it_asks_with_pkce_state_and_nonce_for_the_one_address(client, issuer):
    address = sent_there(client)
    asked = {name: one[0] for name, one in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{issuer.address}/authorize?")
    assert asked["redirect_uri"] == "http://testserver/login/back/"
    assert asked["code_challenge_method"] == "S256"
    assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
    assert asked["state"]
    assert asked["nonce"]


def test_a_new_person_joins_only_where_that_was_said(client, issuer, settings):
    brand = factories.make_brand("owls")
    assert through(client, issuer).status_code == 403
    settings.OIDC = Issuer(
        issuer.address, CLIENT, SECRET, "x", frozenset({"owls.example"}), ("owls", "viewer")
    )
    assert through(client, issuer).status_code == 302
    member = Membership.objects.get(brand=brand)
    assert (member.role, member.user.email) == (Role.VIEWER, "ada@owls.example")
    assert not member.user.has_usable_password()


# ---------------------------------------------------------------------- who does not
@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@owls.example"},
        {"email_verified": False},
        {"email": ""},
        {"email": "ada@foxes.example"},
        {"nonce": "of-another-session"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"sub": None},
    ],
    ids=str,
)
def test_what_does_not_fit_lets_nobody_in(client, issuer, ada, settings, claims):
    settings.OIDC = Issuer(issuer.address, CLIENT, SECRET, "x", frozenset({"owls.example"}), None)
    answer = through(client, issuer, **claims)
    assert answer.status_code == 403
    assert 'role="alert"' in answer.content.decode()
    assert not is_in(client)
    assert not Identity.objects.exists()
    assert AuditEntry.objects.filter(action="sign_in.refused").count() == 1


@pytest.mark.parametrize(
    "way", ["with_another_key", "with_the_clients_secret", "with_the_public_key", "unsigned"]
)
def test_a_token_that_the_provider_has_not_signed_is_worth_nothing(client, issuer, ada, way):
    issuer.sign = getattr(issuer, way)
    assert through(client, issuer).status_code == 403
    assert not is_in(client)


def test_a_code_counts_once_and_only_in_the_session_that_asked(client, issuer, ada):
    back = issuer.code_for(sent_there(client))
    stranger = Client()
    assert stranger.get("/login/back/", back).status_code == 403  # a planted link
    assert not is_in(stranger)
    assert client.get("/login/back/", {**back, "state": "forged"}).status_code == 403
    back = issuer.code_for(sent_there(client))
    assert client.get("/login/back/", back).status_code == 302
    client.logout()
    assert client.get("/login/back/", back).status_code == 403
    assert client.get("/login/back/").status_code == 403
    assert client.get("/login/back/", {"error": "access_denied", "state": "x"}).status_code == 403


def test_an_address_does_not_open_an_administrators_account(client, issuer):
    root = factories.make_superuser("root")
    get_user_model().objects.filter(pk=root.pk).update(email="ada@owls.example")
    answer = through(client, issuer)
    assert (answer.status_code, is_in(client)) == (403, False)
    call_command("identity", "connect", "root", "sub-1")
    with pytest.raises(CommandError):
        call_command("identity", "connect", "root", "sub-1")
    assert through(client, issuer).status_code == 302
    assert client.session["_auth_user_id"] == str(root.pk)
    call_command("identity", "remove", "root")
    assert through(Client(), issuer).status_code == 403


def test_an_address_of_two_people_or_of_a_closed_account_is_nobodys(client, issuer, ada):
    people = get_user_model().objects
    people.create(username="twin", email="ada@owls.example")
    assert through(client, issuer).status_code == 403
    people.filter(username="twin").delete()
    people.filter(pk=ada.pk).update(is_active=False)
    assert through(client, issuer).status_code == 403
    people.filter(pk=ada.pk).update(is_active=True)
    assert through(client, issuer).status_code == 302
    people.filter(pk=ada.pk).update(is_active=False)
    assert through(Client(), issuer).status_code == 403


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_nobody_is_led_elsewhere_afterwards(client, issuer, ada, where):
    assert through(client, issuer, where=where)["Location"] == "/"


def test_a_provider_that_is_away_is_said_to_be_away(client, issuer):
    address = sent_there(client)
    issuer.silent = True
    assert client.get("/login/elsewhere/").status_code == 503
    assert client.get("/login/back/", issuer.code_for(address)).status_code == 503
    assert client.get("/login/").status_code == 200


def test_without_the_setting_there_is_no_such_door(client, db):
    assert client.get("/login/elsewhere/").status_code == 404
    assert client.get("/login/back/").status_code == 404
    assert "/login/elsewhere/" not in client.get("/login/").content.decode()


# ---------------------------------------------------------------------- second factor and proof
def test_a_second_factor_is_asked_for_unless_the_provider_did(client, issuer, ada):
    secret = factors.begin(ada)
    factors.confirm(ada, totp.code_at(secret, int(time.time() // 30)))
    assert through(client, issuer)["Location"] == "/login/code/"
    assert not is_in(client)
    other = Client()
    assert through(other, issuer, amr=["pwd", "mfa"])["Location"] == "/jobs/"
    assert is_in(other)


def test_who_has_no_password_proves_at_the_provider_that_it_is_still_them(client, issuer, ada):
    through(client, issuer)
    session = client.session
    session["proved"] = 0
    session.save()
    page = client.get("/account/proof/?next=/settings/keys/").content.decode()
    assert "Owl ID" in page
    assert 'type="password"' not in page
    address = sent_there(client, "/settings/keys/")
    assert "prompt=login" in address
    old = issuer.code_for(address, auth_time=int(time.time()) - 3600)
    assert client.get("/login/back/", old).status_code == 403
    another = issuer.code_for(sent_there(client), sub="sub-2")
    assert client.get("/login/back/", another).status_code == 403
    assert client.session["proved"] == 0
    answer = client.get("/login/back/", issuer.code_for(sent_there(client, "/settings/keys/")))
    assert answer["Location"] == "/settings/keys/"
    assert time.time() - client.session["proved"] < 60
