"""The admin of brands: for superusers, and a key's secret is shown once, its hash never."""

import re

import pytest
from django.urls import reverse

from brands import keys
from brands.models import ApiKey
from tests import factories

pytestmark = pytest.mark.django_db
ADD = "admin:brands_apikey_add"
LIST = "admin:brands_apikey_changelist"


@pytest.fixture
def root(client):
    client.force_login(factories.make_superuser("root"))
    return client


def wish(user, brand):
    return {"user": user.pk, "brand": brand.pk, "name": "ci", "right": 2}


def test_a_key_is_shown_once_and_works(root, people):
    page = root.post(reverse(ADD), wish(people.owner, people.brand), follow=True)
    token = re.search(r"mh_[a-z0-9]{10}_[A-Za-z0-9_-]{43}", page.content.decode()).group()
    assert keys.find(token).user == people.owner
    key = ApiKey.objects.get()
    for address in (reverse(LIST), reverse("admin:brands_apikey_change", args=[key.pk])):
        text = root.get(address).content.decode()
        assert key.prefix in text
        assert token not in text
        assert key.digest not in text


def test_a_key_for_someone_outside_the_brand_is_refused(root, people):
    page = root.post(reverse(ADD), wish(people.stranger, people.brand))
    assert "no member of the brand" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_nothing_of_a_key_can_be_changed_or_deleted(root, people):
    key = factories.make_key(people.owner, people.brand).key
    address = reverse("admin:brands_apikey_change", args=[key.pk])
    root.post(address, {**wish(people.stranger, people.other_brand), "right": 3})
    root.post(reverse("admin:brands_apikey_delete", args=[key.pk]), {"post": "yes"})
    kept = ApiKey.objects.get()
    assert (kept.user, kept.brand, kept.digest) == (people.owner, people.brand, key.digest)


def test_chosen_keys_are_revoked(root, people):
    key = factories.make_key(people.owner, people.brand).key
    root.post(reverse(LIST), {"action": "revoke_keys", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_staff_with_every_permission_gets_no_way_into_brands(client, people):
    from django.contrib.auth.models import Permission

    staff = factories.make_user(is_staff=True)
    staff.user_permissions.set(Permission.objects.all())
    client.force_login(staff)
    for model in ("brand", "membership", "apikey"):
        for page in ("changelist", "add"):
            assert client.get(reverse(f"admin:brands_{model}_{page}")).status_code == 403
    assert client.post(reverse(ADD), wish(people.owner, people.brand)).status_code == 403
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("address", "given"),
    [
        (ADD, {}),
        (LIST, {"action": "revoke_keys", "_selected_action": [1]}),
        ("admin:brands_membership_add", {"role": "manager"}),
        ("admin:auth_user_add", {"username": "late"}),
        ("admin:ai_providers_provider_add", {"name": "late"}),
    ],
)
def test_what_opens_doors_wants_a_fresh_proof(root, people, address, given):
    wanted = wish(people.owner, people.brand) | given
    page = reverse(address)
    session = root.session
    session["proved"] = 0
    session.save()
    assert root.get(page).status_code == 200
    answer = root.post(page, wanted, HTTP_REFERER=f"http://testserver{page}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/proof/?next=%2Fadmin%2F")
    assert not ApiKey.objects.exists()


def test_other_changes_want_none(root):
    session = root.session
    session["proved"] = 0
    session.save()
    answer = root.post(reverse("admin:ai_core_queue_changelist"), {"action": "", "index": 0})
    assert "proof" not in answer.get("Location", "")
