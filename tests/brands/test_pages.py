"""The settings of a brand: keys shown once, members and their last manager, names and zones."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from brands import keys, members
from brands.errors import Invalid
from brands.models import ApiKey, Brand, Membership, Role
from brands.rights import Right
from tests import factories

pytestmark = pytest.mark.django_db


def as_user(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def boss(people):
    return factories.make_member(people.brand, Role.MANAGER, username="boss")


@pytest.fixture
def manager(boss):
    return as_user(boss)


@pytest.fixture
def member(people):
    return as_user(people.owner)


NEW = {"name": "import", "right": "2", "span": "90", "day": ""}


# ---------------------------------------------------------------------- keys
def test_a_key_is_shown_this_once_and_works(member, client, people):
    page = member.post("/settings/keys/", NEW)
    token = re.search(r"mh_[a-z0-9]{10}_[\w-]{43}", page.content.decode())[0]
    assert page["Cache-Control"] == "private, no-store"
    me = client.get("/ai/me/", headers={"Authorization": f"Bearer {token}"}).json()
    assert (me["username"], me["scopes"]) == ("owner", ["read", "write"])
    again = member.get("/settings/keys/").content.decode()
    assert token not in again
    assert token[:13] in again
    key = ApiKey.objects.get()
    assert timedelta(days=89) < key.expires_at - timezone.now() < timedelta(days=91)


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"name": "x" * 81}, {"right": "3"}, {"right": "9"}, {"right": ""},
               {"day": "2020-01-01"}, {"day": "soon"}, {"day": "9999-12-31"}],
)  # fmt: skip
def test_a_key_never_reaches_further_than_its_maker(member, change):
    assert member.post("/settings/keys/", {**NEW, **change}).status_code == 400
    assert not ApiKey.objects.exists()


def test_a_key_may_end_on_a_day_or_never(member):
    member.post("/settings/keys/", {**NEW, "span": "never"})
    assert ApiKey.objects.latest("pk").expires_at is None
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    member.post("/settings/keys/", {**NEW, "span": "never", "day": day})
    assert ApiKey.objects.latest("pk").expires_at > timezone.now() + timedelta(days=2)


def test_keys_are_revoked_by_who_may(member, manager, people, boss):
    mine = keys.issue(user=people.owner, brand=people.brand, name="mine").key
    theirs = keys.issue(user=people.colleague, brand=people.brand, name="theirs").key
    assert "theirs" not in member.get("/settings/keys/").content.decode()
    assert member.post(f"/settings/keys/{theirs.pk}/revoke/").status_code == 404
    assert as_user(people.stranger).post(f"/settings/keys/{mine.pk}/revoke/").status_code == 404
    assert member.post(f"/settings/keys/{mine.pk}/revoke/").status_code == 302
    assert manager.post(f"/settings/keys/{theirs.pk}/revoke/").status_code == 302
    assert ApiKey.objects.filter(revoked_at=None).count() == 0
    assert member.get(f"/settings/keys/{mine.pk}/revoke/").status_code == 405


def test_who_looks_at_all_brands_is_asked_to_choose(people):
    admin = as_user(factories.make_superuser())
    for tab in ("keys", "members", "quotas", "brand"):
        assert "Which brand is it about?" in admin.get(f"/settings/{tab}/").content.decode()
    assert admin.post("/settings/keys/", NEW).status_code == 403


# ---------------------------------------------------------------------- members
def test_only_managers_see_the_members(member, manager, people):
    page = member.get("/settings/members/")
    assert page.status_code == 403
    assert "boss" in page.content.decode()  # whom to ask
    assert member.post("/settings/members/", {"who": "x", "role": "manager"}).status_code == 403
    row = Membership.objects.get(user=people.colleague)
    assert member.post(f"/settings/members/{row.pk}/", {"role": "viewer"}).status_code == 403
    assert "colleague" in manager.get("/settings/members/").content.decode()
    other = Membership.objects.get(user=people.stranger)
    assert manager.post(f"/settings/members/{other.pk}/", {"role": "viewer"}).status_code == 404


def test_somebody_with_an_account_is_added_by_name_or_address(manager, people):
    factories.make_user("helen", email="helen@example.org")
    manager.post("/settings/members/", {"who": "HELEN@example.org", "role": "viewer"})
    assert Membership.objects.get(user__username="helen").role == Role.VIEWER
    page = manager.post("/settings/members/", {"who": "helen", "role": "viewer"})
    assert page.status_code == 400
    assert "belongs to this brand already" in page.content.decode()


def test_somebody_new_is_invited_and_comes_in_once(manager, people):
    page = manager.post("/settings/members/", {"who": "new@example.org", "role": "member"})
    path = re.search(r"/invitation/[\w-]+/[\w-]+/", page.content.decode())[0]
    visitor = Client()
    form = visitor.get(path, follow=True)
    assert "new@example.org" in form.content.decode()
    secret = "a long and quiet owl"
    where = form.redirect_chain[-1][0]
    visitor.post(where, {"new_password1": secret, "new_password2": secret})
    assert visitor.get("/jobs/").status_code == 200
    assert "This invitation is over" in Client().get(path, follow=True).content.decode()
    user = get_user_model().objects.get(username="new@example.org")
    assert user.check_password(secret)
    row = Membership.objects.get(user=user)
    again = manager.post("/settings/members/", {"again": row.pk})
    assert again.status_code == 400
    assert "/invitation/" not in again.content.decode()


def test_an_invitation_never_opens_an_account_that_is_somebody(people):
    """Whoever has the link becomes that person: not for staff, other brands, or used accounts."""
    for fields in ({"password": "pbkdf2_sha256$x"}, {"is_staff": True}, {"is_superuser": True}):
        user = factories.make_user(**{"password": "!", **fields})
        factories.make_member(people.brand, user=user)
        assert not members.may_be_invited(Membership.objects.get(user=user)), fields
    elsewhere = factories.make_user("elsewhere", password="!")
    factories.make_member(people.other_brand, user=elsewhere)
    added = members.add(people.brand, who="elsewhere", role=Role.VIEWER)
    assert not added.may_be_invited


@pytest.mark.parametrize("who", ["", "   ", "two words", "x@", "@", "a" * 151, "tab\there"])
def test_a_name_that_is_none_is_refused(people, who):
    with pytest.raises(Invalid):
        members.add(people.brand, who=who, role=Role.VIEWER)
    assert not get_user_model().objects.filter(username=who.strip()).exists()


def test_the_last_manager_stays(manager, boss, people):
    row = Membership.objects.get(user=boss)
    here = f"/settings/members/{row.pk}/"
    for wish in ({"action": "remove"}, {"role": "member"}):
        said = manager.post(here, wish, follow=True).content.decode()
        assert "last manager" in said
        row.refresh_from_db()
        assert row.role == Role.MANAGER
    second = Membership.objects.get(user=people.owner)
    manager.post(f"/settings/members/{second.pk}/", {"role": "manager"})
    manager.post(here, {"action": "remove"})
    assert not Membership.objects.filter(user=boss).exists()
    closed = get_user_model().objects.filter(pk=people.owner.pk)
    closed.update(is_active=False)
    second.refresh_from_db()
    with pytest.raises(members.LastManager):
        members.remove(second)


def test_who_is_removed_is_out_with_their_keys(manager, people, client):
    token = keys.issue(user=people.owner, brand=people.brand, name="mine", right=Right.READ).token
    row = Membership.objects.get(user=people.owner)
    manager.post(f"/settings/members/{row.pk}/", {"action": "remove"})
    answer = client.get("/ai/jobs/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


# ---------------------------------------------------------------------- the brand
def test_managers_change_the_brand(manager, member, people):
    good = {"name": "Owls & co", "time_zone": "Asia/Tokyo", "currency": "JPY"}
    assert manager.post("/settings/brand/", good).status_code == 302
    assert Brand.objects.get(pk=people.brand.pk).time_zone == "Asia/Tokyo"
    for change in ({"time_zone": "Mars/Phobos"}, {"currency": "yen"}, {"name": "Foxes"}):
        page = manager.post("/settings/brand/", {**good, **change})
        assert page.status_code == 400, change
        assert "errorlist" in page.content.decode()
    assert member.post("/settings/brand/", good).status_code == 403
    assert "Asia/Tokyo" in member.get("/settings/brand/").content.decode()


def test_the_number_of_queries_does_not_grow(manager, people, django_assert_max_num_queries):
    for number in range(10):
        user = factories.make_member(people.brand, username=f"person-{number}")
        keys.issue(user=user, brand=people.brand, name=f"key {number}")
    for path in ("/settings/keys/", "/settings/members/", "/settings/brand/"):
        with django_assert_max_num_queries(6):
            manager.get(path)
