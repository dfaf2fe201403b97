"""Who belongs to a brand: added, given a role, removed. A brand keeps its last manager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from brands.audit import trail
from brands.errors import DomainError, Invalid
from brands.models import Brand, Membership, Role


class LastManager(DomainError):
    """The brand would be left without a manager: make somebody else one first."""

    code, status = "LAST_MANAGER", 409


class AlreadyMember(DomainError):
    """The person belongs to the brand already."""

    code, status = "ALREADY_MEMBER", 409


@dataclass(frozen=True, slots=True)
class Added:
    """Someone who belongs to the brand now, and perhaps needs an invitation to come in at all."""

    member: Membership
    may_be_invited: bool


def add(brand: Brand, *, who: str, role: Role) -> Added:
    """Add the person with this username or e-mail address; who has no account gets one."""
    who = who.strip()
    user = _found(who)
    with transaction.atomic():
        user = user or _made(who)
        member, created = Membership.objects.get_or_create(
            brand=brand, user=user, defaults={"role": role}
        )
        if created:
            trail.record("member.added", on=member, name=str(user), changes={"role": role.value})
    if not created:
        raise AlreadyMember(_("%(name)s belongs to this brand already.") % {"name": user})
    return Added(member, may_be_invited(member))


def may_be_invited(member: Membership) -> bool:
    """Whoever has the invitation becomes that person: so only who is nobody anywhere else yet."""
    user = member.user
    untouched = not user.has_usable_password() and user.last_login is None
    plain = not (user.is_staff or user.is_superuser) and user.is_active
    elsewhere = Membership.objects.filter(user=user).exclude(brand=member.brand_id)
    return untouched and plain and not elsewhere.exists()


def _found(who: str) -> Any:
    """The one account of this name or address; of an address with several, none is meant."""
    users = get_user_model().objects
    by_name = users.filter(username__iexact=who).first()
    if by_name is not None or not who:
        return by_name
    by_address = list(users.filter(email__iexact=who)[:2])
    return by_address[0] if len(by_address) == 1 else None


def _made(who: str) -> Any:
    """Make an account that nobody can use before its invitation is accepted."""
    is_address = "@" in who
    user = get_user_model()(username=who, email=who if is_address else "")
    user.set_unusable_password()
    try:
        if is_address:
            validate_email(who)
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Invalid(
            _("Give a username of letters and digits, or an e-mail address."),
            errors={"who": error.messages},
        ) from None
    user.save()
    return user


@transaction.atomic
def change_role(member: Membership, role: Role) -> None:
    if role != Role.MANAGER:
        _must_not_be_last(member)
    before, name = member.role, member.user.get_username()
    Membership.objects.filter(pk=member.pk).update(role=role)
    changes = {"role": [str(before), role.value]}
    trail.record("member.changed", on=member, name=name, changes=changes)
    member.role = role


@transaction.atomic
def remove(member: Membership) -> None:
    """From the next request on they see nothing here, and their keys open nothing."""
    _must_not_be_last(member)
    trail.record(
        "member.removed",
        on=member,
        name=member.user.get_username(),
        changes={"role": str(member.role)},
    )
    Membership.objects.filter(pk=member.pk).delete()


def _must_not_be_last(member: Membership) -> None:
    """Two who leave at the same moment wait for each other here."""
    managers = Membership.objects.filter(brand=member.brand_id, role=Role.MANAGER)
    left = {one.pk for one in managers.order_by("pk").select_for_update()} - {member.pk}
    alive = Q(pk__in=left) & Q(user__is_active=True)
    if member.role == Role.MANAGER and not Membership.objects.filter(alive).exists():
        raise LastManager(
            _("This is the last manager of the brand. Make somebody else a manager first.")
        )
