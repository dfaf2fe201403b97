"""The shell's views: who gets in, where switches lead, what errors say to people and programs."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path

from brands.asking import EVERY_BRAND, SESSION_BRAND
from brands.errors import NotAllowed
from brands.models import Brand, Membership
from megahub import navigation, translations
from megahub import urls as project_urls
from megahub.pages import errors
from tests.browser.site import PASSWORD, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return fill()


def as_user(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


def log_in(client, **more):
    return client.post("/login/", {"username": "mina", "password": PASSWORD, **more})


def test_a_visitor_is_sent_to_the_login_and_comes_back(client, cast):
    answer = client.get("/search/?q=x")
    assert answer.status_code == 302
    assert answer.url == "/login/?next=/search/%3Fq%3Dx"
    assert log_in(client, next="/search/?q=x").url == "/search/?q=x"


def test_next_never_leads_to_another_host(client, cast):
    assert log_in(client, next="https://elsewhere.example/").url == "/"


def test_a_wrong_password_is_told_without_saying_which_part(client, cast):
    answer = client.post("/login/", {"username": "mina", "password": "wrong"})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert "Error:" in re.search(r"<title>(.*?)</title>", answer.text)[1]


def test_the_login_form_helps_password_managers(client):
    page = client.get("/login/").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "autofocus" in page


def test_logging_out_needs_a_post_and_ends_the_session(cast):
    member = as_user(cast.member)
    assert member.get("/logout/").status_code == 405
    assert member.post("/logout/").url == "/login/"
    assert member.get("/").status_code == 302


def test_who_is_inside_but_no_administrator_is_told_so(cast):
    answer = as_user(cast.member).get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "Ask one of them for access" in answer.text


def test_a_member_chooses_only_among_their_own_brands(cast):
    both = as_user(cast.both)
    both.post("/brand/", {"brand": cast.second.pk})
    assert both.session[SESSION_BRAND] == cast.second.pk
    stranger = Brand.objects.create(name="Elsewhere", slug="elsewhere")
    for refused in (stranger.pk, EVERY_BRAND, "", "x", "9" * 40):
        answer = both.post("/brand/", {"brand": refused}, follow=True)
        assert "not one of yours" in answer.text
        assert both.session[SESSION_BRAND] == cast.second.pk


def test_a_closed_brand_cannot_be_chosen(cast):
    Brand.objects.filter(pk=cast.second.pk).update(is_active=False)
    both = as_user(cast.both)
    both.post("/brand/", {"brand": cast.second.pk})
    assert SESSION_BRAND not in both.session


def test_an_administrator_chooses_one_brand_or_all(cast):
    admin = as_user(cast.admin)
    admin.post("/brand/", {"brand": cast.first.pk})
    assert "Atelier" in admin.get("/").text
    admin.post("/brand/", {"brand": EVERY_BRAND})
    assert admin.session[SESSION_BRAND] == EVERY_BRAND


def test_the_brand_switch_never_leads_to_another_host(cast):
    answer = as_user(cast.both).post("/brand/", {"brand": cast.first.pk, "next": "//evil.example"})
    assert answer.url == "/"


def test_a_switch_needs_the_form_of_this_site(cast):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.both)
    answer = strict.post("/brand/", {"brand": cast.first.pk})
    assert answer.status_code == 403
    assert "The form has expired" in answer.text


def test_the_search_shows_people_of_the_own_brand_only(cast):
    other = get_user_model().objects.create_user("mirabel", password=PASSWORD)
    Membership.objects.create(user=other, brand=cast.second)
    page = as_user(cast.member).get("/search/?q=mi").text
    assert "mina" in page
    assert "mirabel" not in page


@pytest.mark.parametrize("words", ["\0", "%00", "x" * 5000, "'; --", "<script>", "%", "_"])
def test_the_search_takes_any_words(words, cast):
    answer = as_user(cast.member).get("/search/", {"q": words})
    assert answer.status_code == 200
    assert "<script>" not in answer.text.split("<main", 1)[1].split("</main>")[0]


def test_the_navigation_shows_what_one_may_open(cast):
    def lines(user) -> set[str]:
        return {line.id for group in navigation.groups_for(user, "/") for line in group.entries}

    assert {"overview", "users", "brands", "admin"} <= lines(cast.admin)
    assert lines(cast.member).isdisjoint({"users", "brands", "admin"})


def test_the_nearest_entry_is_the_current_one(cast):
    groups = navigation.groups_for(cast.admin, "/admin/auth/user/7/change/")
    current = [line.id for group in groups for line in group.entries if line.is_current]
    assert current == ["users"]


def test_an_entry_of_an_unknown_group_is_refused():
    with pytest.raises(ValueError, match="group is one of"):
        navigation.Entry(id="x", group="misc", label="X", icon="x", url_name="home")


@pytest.mark.parametrize("who", ["member", None])
def test_people_get_pages_and_programs_get_json_for_what_is_not_there(who, cast):
    client = as_user(cast.member) if who else Client()
    page = client.get("/nowhere/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404
    assert "This page does not exist" in page.text
    for address, headers in (("/ai/nowhere/", {}), ("/nowhere/", {"Accept": "application/json"})):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 404
        assert answer.json()["error_code"] == "NOT_FOUND"


def broken(request):
    raise RuntimeError("on purpose")


def refused(request):
    raise NotAllowed("Only managers may.")


# This module is also an address book: the project with two pages that go wrong.
urlpatterns = [path("broken/", broken), path("refused/", refused), *project_urls.urlpatterns]
handler400, handler403 = errors.bad_request, errors.forbidden
handler404, handler500 = errors.not_found, errors.server_error


@pytest.mark.urls(__name__)
def test_a_broken_page_says_what_to_do_and_needs_nothing(cast, django_assert_num_queries):
    client = Client(raise_request_exception=False)
    with django_assert_num_queries(0):
        answer = client.get("/broken/")
    assert answer.status_code == 500
    assert "Something broke" in answer.text
    assert "on purpose" not in answer.text


@pytest.mark.urls(__name__)
def test_a_domain_error_of_a_page_becomes_its_page(cast):
    answer = as_user(cast.member).get("/refused/")
    assert answer.status_code == 403
    assert "Only managers may." in answer.text


def test_the_language_is_kept_in_a_cookie(client):
    answer = client.post("/i18n/", {"language": "fr", "next": "/login/"}, follow=True)
    assert '<html lang="fr">' in answer.text
    assert "Se connecter" in answer.text


def test_everything_we_say_is_also_said_in_french():
    assert translations.missing("fr") == set()


def test_a_compiled_catalog_is_what_gettext_reads():
    import gettext
    import io

    head = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"
    texts = {"": [head], "a\0b": ["x", "y"], "é": ["ü"]}
    found = gettext.GNUTranslations(io.BytesIO(translations.compiled(texts)))
    assert found.gettext("é") == "ü"
    assert [found.ngettext("a", "b", n) for n in (0, 1, 2)] == ["x", "x", "y"]


@pytest.mark.parametrize("address", ["/login/", "/nowhere/"])
def test_no_page_holds_inline_script_or_style(address, client):
    page = client.get(address).text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


def test_the_overview_asks_the_database_no_more_for_more_brands(cast):
    admin = as_user(cast.admin)
    admin.get("/")  # what is read once for every session
    with CaptureQueriesContext(connection) as few:
        admin.get("/")
    for number in range(30):
        Brand.objects.create(name=f"Brand {number}", slug=f"brand-{number}")
    with CaptureQueriesContext(connection) as many:
        admin.get("/")
    assert len(many) == len(few)
