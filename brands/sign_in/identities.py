"""Who a person of an OpenID Connect provider is here: known, invited, joining, or nobody.

An identity is the issuer and its subject, never the address: addresses change hands. An address
only connects an account the first time, and never one that may administer.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from brands.audit import sign_ins, trail
from brands.models import Brand, Identity, Membership
from brands.sign_in.issuer import Told
from brands.sign_in.refusals import NeedsPassword, NoAddress, Unknown


def person_of(told: Told) -> Any:
    """Return whose account that is; raise where there is none to go into."""
    known = (
        Identity.objects.filter(issuer=told.issuer, subject=told.subject)
        .select_related("user")
        .first()
    )
    if known is not None:
        if not known.user.is_active:
            raise Unknown
        return known.user
    _must_be_of_ours(told)
    with transaction.atomic():
        return _connected(told)


def _must_be_of_ours(told: Told) -> None:
    house: Any = settings.OIDC
    domain = told.email.rpartition("@")[2].lower()
    if not domain or (house.domains and domain not in house.domains):
        raise NoAddress


def _connected(told: Told) -> Any:
    """By the address of exactly one account, or as somebody new where that is allowed."""
    found = list(get_user_model().objects.filter(email__iexact=told.email, is_active=True)[:2])
    if len(found) > 1 or (not found and _is_taken(told.email)):
        raise Unknown
    user = found[0] if found else _joining(told)
    if user.is_staff or user.is_superuser:
        raise NeedsPassword
    connect(user, issuer=told.issuer, subject=told.subject)
    return user


def _is_taken(address: str) -> bool:
    """By an account that is closed, or by a username: neither is to be taken over."""
    users = get_user_model().objects
    return (
        users.filter(email__iexact=address).exists()
        or users.filter(username__iexact=address).exists()
    )


def connect(user: Any, *, issuer: str, subject: str) -> bool:
    """Remember for good that this person there is this one here; true if it is new."""
    _, is_new = Identity.objects.get_or_create(
        issuer=issuer, subject=subject, defaults={"user": user}
    )
    if is_new:
        sign_ins.tell("account.identity_connected", user, issuer=issuer)
    return is_new


def _joining(told: Told) -> Any:
    house: Any = settings.OIDC
    if house.joins is None:
        raise Unknown
    slug, role = house.joins
    brand = Brand.objects.filter(slug=slug, is_active=True).first()
    if brand is None:
        raise Unknown
    first, _, last = told.name.partition(" ")
    user = get_user_model()(
        username=told.email[:150], email=told.email, first_name=first[:150], last_name=last[:150]
    )
    user.set_unusable_password()
    user.save()
    member = Membership.objects.create(brand=brand, user=user, role=role)
    trail.record("member.added", on=member, name=str(user), changes={"role": role, "by": "oidc"})
    return user
