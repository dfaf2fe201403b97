"""The way in: guesses are counted before they are looked at, sessions end, codes open once."""

import re
import threading
import time

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from brands.audit.models import AuditEntry
from brands.models import ApiKey, Guess, Role, SecondFactor
from brands.sign_in import factors, guesses, totp
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
QUICK = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


@pytest.fixture(autouse=True)
def quick_hashes():
    with QUICK:
        yield


@pytest.fixture
def boss(people):
    user = factories.make_member(people.brand, Role.MANAGER, username="boss")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, name="boss", password=PASSWORD, **extra):
    return client.post(reverse("login"), {"username": name, "password": password}, **extra)


def is_in(client) -> bool:
    return client.get(reverse("home")).status_code == 200


def code_of(user, *, ahead=0) -> str:
    secret = factors._opened(SecondFactor.objects.get(user=user))
    return totp.code_at(secret, int(time.time() // totp.STEP) + ahead)


# ---------------------------------------------------------------------- guesses
def test_after_five_guesses_not_even_the_right_password_opens(boss):
    client = Client()
    for _ in range(5):
        assert sign_in(client, password="wrong").status_code == 200
    locked = sign_in(client)
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 900
    assert b"Too many attempts" in locked.content
    assert not is_in(client)
    assert AuditEntry.objects.filter(action="sign_in.locked_out").count() == 1
    elsewhere = Client()
    assert sign_in(elsewhere, REMOTE_ADDR="198.51.100.8").status_code == 302  # others are not
    Guess.objects.update(since="2020-01-01T00:00Z")
    assert sign_in(client).status_code == 302


def test_a_name_that_nobody_has_is_told_the_same_as_one_that_exists(boss):
    told = {}
    for name in ("boss", "nobody-at-all"):
        client = Client()
        answers = [sign_in(client, name, "wrong") for _ in range(6)]
        told[name] = [
            (one.status_code, re.findall(r'role="alert">.*?</div>', one.content.decode(), re.S))
            for one in answers
        ]
    assert told["boss"] == told["nobody-at-all"]


def test_an_address_that_tries_many_names_is_stopped(boss):
    client = Client()
    with override_settings(SIGN_IN_TRIES=1):
        codes = [sign_in(client, f"name-{number}", "x").status_code for number in range(12)]
    assert codes == [200] * 10 + [429] * 2


def test_a_success_forgives_what_came_before(boss):
    for _ in range(3):
        client = Client()
        for _ in range(4):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_fifty_guesses_at_once_exactly_the_limit_is_looked_at(rf):
    barrier, waits = threading.Barrier(50), []

    def guess():
        request = rf.post("/login/", REMOTE_ADDR="192.0.2.5")
        try:
            barrier.wait()
            waits.append(guesses.counted(request, "boss"))
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(wait == 0 for wait in waits) == 5


def test_who_does_not_exist_costs_a_hash_as_well(boss, monkeypatch):
    """Else the time of the answer would tell which names exist."""
    hashed = []
    encode = "django.contrib.auth.hashers.MD5PasswordHasher.encode"
    from django.contrib.auth.hashers import MD5PasswordHasher

    real = MD5PasswordHasher.encode
    monkeypatch.setattr(encode, lambda *args: hashed.append(1) or real(*args))
    counts = []
    factories.make_member(factories.make_brand(), username="invited").set_unusable_password()
    for name in ("boss", "nobody-at-all"):
        hashed.clear()
        sign_in(Client(), name, "wrong")
        counts.append(len(hashed))
    assert counts[0] == counts[1] == 1


# ---------------------------------------------------------------------- sessions
def test_a_session_gets_a_new_number_when_somebody_comes_in_and_dies_when_they_leave(boss):
    client = Client()
    client.get(reverse("login"))
    client.session["anything"] = 1
    session = client.session
    session["anything"] = 1
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    sign_in(client)
    after = client.cookies["sessionid"].value
    assert before != after
    client.post(reverse("logout"))
    replay = Client()
    replay.cookies["sessionid"] = after
    assert not is_in(replay)


def test_a_session_ends_when_nobody_was_there_and_when_it_is_too_old(boss):
    client = Client()
    with time_machine.travel(1_900_000_000, tick=False) as clock:
        sign_in(client)
        for _ in range(30):  # twelve hours, a page every twenty-four minutes
            clock.shift(24 * 60)
            assert is_in(client)
        clock.shift(60)
        assert not is_in(client)
        sign_in(client)
        clock.shift(31 * 60)
        assert not is_in(client)


def test_an_old_session_opens_neither_the_api_nor_a_stream(boss, monkeypatch):
    monkeypatch.setattr("ai_core.streams.caller.close_old_connections", lambda: None)
    from ai_core.streams.caller import Caller
    from brands.errors import NotAuthenticated

    client = Client()
    sign_in(client)
    cookie = client.cookies["sessionid"].value
    scope = {"headers": [(b"cookie", f"sessionid={cookie}".encode()), (b"host", b"localhost")]}
    assert Caller.of(scope).access().user == boss
    session = client.session
    session["begun"] -= 13 * 3600
    session.save()
    with pytest.raises(NotAuthenticated):
        Caller.of(scope).access()
    assert client.get("/ai/me/").status_code == 401


# ---------------------------------------------------------------------- a fresh proof
def test_keys_and_roles_ask_for_a_fresh_proof_in_the_browser(boss, people, browser_as):
    client = Client()
    sign_in(client)
    session = client.session
    session["proved"] -= 601
    session.save()
    page = reverse("settings-keys")
    asked = client.post(page, {"name": "ci", "right": "2", "span": "90"})
    assert asked["Location"] == f"{reverse('proof')}?next=%2Fsettings%2Fkeys%2F"
    assert not ApiKey.objects.exists()
    assert client.post("/ai/api-keys/", {"name": "ci"}).json()["error_code"] == "PROOF_NEEDED"
    members = client.post(reverse("settings-members"), {"who": "x", "role": "manager"})
    assert members["Location"].startswith(reverse("proof"))
    assert client.post(asked["Location"], {"password": "wrong"}).status_code == 400
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == page
    assert client.post(page, {"name": "ci", "right": "2", "span": "90"}).status_code == 200
    assert ApiKey.objects.count() == 1
    evil = client.post(reverse("proof"), {"password": PASSWORD, "next": "https://evil.example/"})
    assert evil["Location"] == "/"


def test_the_proof_is_no_way_to_guess_a_password(boss):
    client = Client()
    sign_in(client)
    for _ in range(5):
        client.post(reverse("proof"), {"password": "wrong"})
    assert b"Too many attempts" in client.post(reverse("proof"), {"password": PASSWORD}).content


# ---------------------------------------------------------------------- the second factor
@pytest.mark.parametrize(
    ("moment", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_rfc(moment, code):
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, moment // 30) == code
    assert totp.step_of(secret, code, now=moment + 30) == moment // 30
    assert totp.step_of(secret, code, now=moment + 90) is None


@pytest.fixture
def codes(boss):
    """The boss has a second factor; these are the recovery codes."""
    client = Client()
    sign_in(client)
    page = client.get(reverse("second-factor")).content.decode()
    assert "data:image/svg+xml" in page
    done = client.post(reverse("second-factor"), {"code": code_of(boss, ahead=-1)})
    return re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", done.content.decode())


def test_a_password_alone_opens_nothing_once_there_is_a_second_factor(boss, codes):
    assert len(codes) == 10
    client = Client()
    assert sign_in(client)["Location"] == reverse("login-code")
    assert not is_in(client)
    assert client.get("/ai/me/").status_code == 401
    assert client.get("/admin/").status_code == 302
    assert client.post(reverse("login-code"), {"code": "000000"}).status_code == 400
    code = code_of(boss)
    assert client.post(reverse("login-code"), {"code": code})["Location"] == "/"
    assert is_in(client)
    again = Client()
    sign_in(again)
    assert again.post(reverse("login-code"), {"code": code}).status_code == 400  # once


def test_a_recovery_code_opens_once(boss, codes):
    for expected in (302, 400):
        client = Client()
        sign_in(client)
        assert client.post(reverse("login-code"), {"code": codes[0]}).status_code == expected


def test_codes_cannot_be_guessed_and_a_half_open_door_closes(boss, codes):
    client = Client()
    sign_in(client)
    for number in range(5):
        client.post(reverse("login-code"), {"code": f"00000{number}"})
    assert client.post(reverse("login-code"), {"code": code_of(boss)}).status_code == 400
    Guess.objects.all().delete()
    session = client.session
    session["half_in"] = {**session["half_in"], "at": 0}
    session.save()
    assert client.post(reverse("login-code"), {"code": code_of(boss)})["Location"] == "/login/"


def test_the_secret_is_sealed_for_its_person(boss, codes):
    other = factories.make_user("other")
    row = SecondFactor.objects.get(user=boss)
    assert totp.ISSUER not in row.sealed
    SecondFactor.objects.create(user=other, sealed=row.sealed, confirmed_at=row.confirmed_at)
    from brands.sealing import CannotOpen

    with pytest.raises(CannotOpen):
        factors.passes(other, "000000")


def test_staff_without_a_second_factor_get_no_further_where_it_is_required(boss):
    root = factories.make_superuser("root")
    client = Client()
    client.force_login(root)
    with override_settings(REQUIRE_SECOND_FACTOR=True):
        for path in ("/", "/admin/", "/jobs/"):
            assert client.get(path)["Location"] == reverse("second-factor")
        assert client.get("/ai/me/", HTTP_ACCEPT="application/json").status_code in (302, 401)
        client.get(reverse("second-factor"))
        client.post(reverse("second-factor"), {"code": code_of(root)})
        assert client.get("/admin/").status_code == 200
        plain = Client()
        sign_in(plain)
        assert is_in(plain)  # for others it is a choice


def test_removing_asks_for_a_code_and_an_operator_can_help(boss, codes):
    from django.core.management import call_command

    client = Client()
    sign_in(client)
    client.post(reverse("login-code"), {"code": codes[1]})
    client.post(reverse("second-factor"), {"code": "000000"})
    assert factors.is_set(boss)
    client.post(reverse("second-factor"), {"code": codes[2]})
    assert not factors.is_set(boss)
    assert get_user_model().objects.filter(pk=boss.pk).exists()
    SecondFactor.objects.update_or_create(
        user=boss, defaults={"sealed": "x", "confirmed_at": "2026-01-01T00:00Z"}
    )
    call_command("second_factor", "remove", "boss")
    assert not factors.is_set(boss)


def test_guesses_that_no_longer_count_are_swept(client, settings):
    client.post("/login/", {"username": "owl", "password": "wrong"})
    assert Guess.objects.count() == 2
    guesses.sweep()
    assert Guess.objects.count() == 2
    settings.SIGN_IN_COOL_OFF_SECONDS = 0
    guesses.sweep()
    assert not Guess.objects.exists()
