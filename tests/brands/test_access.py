"""Role × key × action, and how the brand of a request is found."""

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.response import Response
from rest_framework.views import APIView

from brands.access import Access
from brands.api.authentication import ApiKeyAuthentication, SessionAuthentication
from brands.asking import EVERY_BRAND, SESSION_BRAND, access_of
from brands.errors import BrandRequired, NotAllowed
from brands.models import Membership, Role
from brands.rights import Right, right_of_scopes
from brands.scoping import ALL_BRANDS
from brands.sign_in import sessions
from tests import factories

pytestmark = pytest.mark.django_db

#  role and key's right →        read  create  own   others' (manage)
REACH = {
    (Role.VIEWER, Right.READ): (True, False, False, False),
    (Role.VIEWER, Right.WRITE): (True, False, False, False),
    (Role.VIEWER, Right.MANAGE): (True, False, False, False),
    (Role.MEMBER, Right.READ): (True, False, False, False),
    (Role.MEMBER, Right.WRITE): (True, True, True, False),
    (Role.MEMBER, Right.MANAGE): (True, True, True, False),
    (Role.MANAGER, Right.READ): (True, False, False, False),
    (Role.MANAGER, Right.WRITE): (True, True, True, False),
    (Role.MANAGER, Right.MANAGE): (True, True, True, True),
}


def asked(rf, token=None, **extra):
    header = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    return access_of(rf.get("/", **header, **extra))


@pytest.mark.parametrize("superuser", [False, True])
@pytest.mark.parametrize(("role", "right"), REACH)
def test_the_smaller_of_role_and_key_counts(role, right, superuser, people, rf):
    user = factories.make_member(people.brand, role)
    if superuser:
        type(user).objects.filter(pk=user.pk).update(is_superuser=True)
    access = asked(rf, factories.make_key(user, people.brand, right).token)
    expected = REACH[(Role.MANAGER if superuser else role, right)]
    other = people.owner.pk
    seen = (access.can_read, access.can_create, access.can_change(user.pk))
    assert (*seen, access.can_change(other)) == expected
    assert access.can_manage == expected[3]
    assert access.brand == people.brand
    assert not access.is_superuser  # a key stays in its brand
    assert not access.can_change(None) or access.can_manage


def test_nobody_may_nothing():
    access = Access(user=AnonymousUser())
    reach = (access.can_read, access.can_create, access.can_manage, access.can_change(None))
    assert not any(reach)
    with pytest.raises(BrandRequired):
        access.brand_to_create_in()


def test_a_viewer_is_told_that_the_role_is_too_small(people, rf):
    viewer = factories.make_member(people.brand, Role.VIEWER)
    access = asked(rf, factories.make_key(viewer, people.brand).token)
    for refusal in (access.brand_to_create_in, access.must_manage):
        with pytest.raises(NotAllowed):
            refusal()


@pytest.mark.parametrize(
    ("scopes", "right"),
    [
        ([], Right.NONE),
        (["read"], Right.READ),
        (["manage"], Right.MANAGE),
        (["write"], Right.WRITE),
    ],
)
def test_scopes_are_a_rank(scopes, right):
    assert right_of_scopes(scopes) == right


def lively(session=None):
    """A session that began just now."""
    found = dict(session or {})
    sessions.begun(found)
    return found


class TestBrandOfASession:
    """The header, else the session's choice, else the only brand there is."""

    def browse(self, rf, user, *, session=None, **extra):
        request = rf.get("/", **extra)
        request.user, request.session = user, lively(session)
        return request

    def test_the_only_brand(self, people, rf):
        request = self.browse(rf, people.owner)
        assert request.current_brand == people.brand
        assert request.access.role == Role.MEMBER

    def test_two_brands_and_no_choice_are_no_brand(self, people, rf):
        factories.make_member(people.other_brand, user=people.owner)
        request = self.browse(rf, people.owner)
        assert request.current_brand is None
        assert not request.access.can_read

    def test_the_sessions_choice(self, people, rf):
        factories.make_member(people.other_brand, user=people.owner)
        session = {SESSION_BRAND: people.other_brand.pk}
        assert self.browse(rf, people.owner, session=session).current_brand == people.other_brand

    def test_a_choice_that_is_not_theirs_any_more_is_forgotten(self, people, rf):
        session = {SESSION_BRAND: people.other_brand.pk}
        assert self.browse(rf, people.owner, session=session).current_brand == people.brand

    @pytest.mark.parametrize("by", ["slug", "pk"])
    def test_the_header_wins(self, by, people, rf):
        factories.make_member(people.other_brand, Role.VIEWER, user=people.owner)
        session = {SESSION_BRAND: people.brand.pk}
        name = str(getattr(people.other_brand, by))
        request = self.browse(rf, people.owner, session=session, HTTP_X_BRAND=name)
        assert request.current_brand == people.other_brand
        assert request.access.role == Role.VIEWER

    @pytest.mark.parametrize("who", ["owner", "root"])
    @pytest.mark.parametrize(
        "name",
        [
            "nowhere",
            "",
            " ",
            "0",
            "-1",
            "9" * 30,
            "owls,foxes",
            "OWLS",
            "a\0b",
            "x" * 9999,
            "٣",
            "all",
        ],
    )
    def test_a_wrong_name_is_refused(self, name, who, people, rf):
        user = people.owner if who == "owner" else factories.make_superuser()
        with pytest.raises(BrandRequired):
            _ = self.browse(rf, user, HTTP_X_BRAND=name).access

    def test_a_foreign_brand_is_refused_in_the_same_words_as_an_unknown_one(self, people, rf):
        sentences = set()
        for name in ("foxes", "nowhere", str(people.other_brand.pk)):
            with pytest.raises(BrandRequired) as caught:
                _ = self.browse(rf, people.owner, HTTP_X_BRAND=name).access
            sentences.add(str(caught.value))
        assert len(sentences) == 1

    def test_an_inactive_brand_is_invisible(self, people, rf):
        type(people.brand).objects.filter(pk=people.brand.pk).update(is_active=False)
        assert self.browse(rf, people.owner).current_brand is None
        for user in (people.owner, factories.make_superuser()):
            with pytest.raises(BrandRequired):
                _ = self.browse(rf, user, HTTP_X_BRAND="owls").access

    def test_a_superuser_sees_all_and_names_one_to_create(self, people, rf):
        access = self.browse(rf, factories.make_superuser()).access
        assert access.scope is ALL_BRANDS
        assert access.is_superuser
        assert Membership.objects.for_brand(access.scope).count() == 3
        with pytest.raises(BrandRequired):
            access.brand_to_create_in()

    def test_a_superuser_may_choose_all_brands_again(self, people, rf):
        root = factories.make_superuser()
        factories.make_member(people.brand, Role.MANAGER, user=root)
        assert self.browse(rf, root).current_brand == people.brand
        every = self.browse(rf, root, session={SESSION_BRAND: EVERY_BRAND})
        assert every.access.scope is ALL_BRANDS

    def test_a_plain_user_cannot_choose_all_brands(self, people, rf):
        request = self.browse(rf, people.owner, session={SESSION_BRAND: EVERY_BRAND})
        assert request.access.scope == people.brand


class KeysOnly(APIView):
    authentication_classes = (ApiKeyAuthentication,)

    def get(self, request):
        return Response(request.access.user.pk)

    post = get


class PeopleOnly(KeysOnly):
    authentication_classes = (SessionAuthentication,)


@pytest.mark.parametrize("looked_at_before", [False, True])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_view_for_keys_is_not_opened_by_a_cookie(method, looked_at_before, people, rf):
    """Also when a middleware has looked who is there: a cookie needs its CSRF token."""
    for view, status in ((KeysOnly, 401), (PeopleOnly, 200 if method == "get" else 403)):
        request = getattr(rf, method)("/")
        request.user, request.session = people.owner, lively()
        request._dont_enforce_csrf_checks = False
        if looked_at_before:
            assert request.access.is_authenticated
        assert view.as_view()(request).status_code == status


def test_a_view_for_people_is_not_opened_by_a_key(people, rf):
    token = factories.make_key(people.owner, people.brand).token
    request = rf.get("/", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert request.access.is_authenticated
    assert PeopleOnly.as_view()(request).status_code == 401


def test_a_key_refuses_another_brands_name(owner_api, people):
    assert owner_api.get("/ai/me/", HTTP_X_BRAND=people.brand.slug).status_code == 200
    factories.make_member(people.other_brand, user=people.owner)
    answer = owner_api.get("/ai/me/", HTTP_X_BRAND=people.other_brand.slug)
    assert answer.status_code == 403
    assert answer.json()["error_code"] == "PERMISSION_DENIED"
    assert "X-Brand" in answer.json()["detail"]


def test_without_a_brand_a_list_says_what_to_do(people, browser_as):
    factories.make_member(people.other_brand, user=people.owner)
    answer = browser_as(people.owner).get("/ai/api-keys/")
    assert answer.status_code == 403
    assert answer.json()["error_code"] == "BRAND_REQUIRED"
    assert "X-Brand" in answer.json()["detail"]


def test_brands_lists_what_the_caller_may_name(people, browser_as, owner_api):
    factories.make_member(people.other_brand, Role.VIEWER, user=people.owner)

    def seen(api):
        return {row["slug"]: row["role"] for row in api.get("/ai/brands/").json()["results"]}

    assert seen(browser_as(people.owner)) == {"owls": "member", "foxes": "viewer"}
    assert seen(owner_api) == {"owls": "member"}
    assert seen(browser_as(factories.make_superuser())) == {"owls": "manager", "foxes": "manager"}


def test_members_are_for_managers(people, owner_api, api_as):
    assert owner_api.get("/ai/members/").status_code == 403
    boss = factories.make_member(people.brand, Role.MANAGER, username="boss")
    rows = api_as(boss, people.brand).get("/ai/members/").json()["results"]
    assert [row["user"]["username"] for row in rows] == ["boss", "colleague", "owner"]


def test_a_cache_is_told_what_the_answer_depended_on(owner_api):
    answer = owner_api.get("/ai/me/")
    assert {"Authorization", "X-Brand", "Cookie"} <= set(answer["Vary"].split(", "))
    assert "private" in answer["Cache-Control"]


def test_demo_brands_can_be_made_twice(db):
    from brands.demo import make_brands

    make_brands()
    root = factories.make_superuser("admin")
    make_brands()
    assert Membership.objects.filter(user=root, role=Role.MANAGER).count() == 2
    assert Membership.objects.count() == 6
    member = Membership.objects.get(user__username="humari-member").user
    assert not member.has_usable_password()
