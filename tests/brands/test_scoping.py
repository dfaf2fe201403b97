"""Narrowing rows to a brand: no brand is no rows."""

import pytest

from brands.models import ApiKey, Membership
from brands.scoping import ALL_BRANDS, OwnOrSharedQuerySet
from tests import factories

pytestmark = pytest.mark.django_db


def test_no_brand_is_no_rows(people):
    assert Membership.objects.count() == 3
    assert not Membership.objects.for_brand(None).exists()


def test_a_brand_is_its_rows_and_all_must_be_said(people):
    own = Membership.objects.for_brand(people.brand)
    assert {member.user.username for member in own} == {"owner", "colleague"}
    assert Membership.objects.for_brand(ALL_BRANDS).count() == 3


def test_narrowing_twice_never_widens(people):
    factories.make_key(people.owner, people.brand)
    own = ApiKey.objects.for_brand(people.other_brand).for_brand(people.brand)
    assert not own.exists()


def test_rows_without_a_brand_are_everyones_but_not_nobodys(people):
    shared = OwnOrSharedQuerySet(Membership)
    assert shared.for_brand(people.brand).count() == 2
    assert '"brand_id" IS NULL' in str(shared.for_brand(people.brand).query)
    assert shared.for_brand(ALL_BRANDS).count() == 3
    assert not shared.for_brand(None).exists()
