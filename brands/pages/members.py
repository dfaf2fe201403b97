"""Who belongs to the brand: invited, given another role, removed. For managers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from brands import members
from brands.access import Access
from brands.errors import DomainError, Invalid, NotFound
from brands.models import Membership, Role
from brands.pages.reading import for_managers, for_readers
from brands.pages.settings import brand_of, only_managers, settings_facts, shown
from brands.sign_in.proof import asks_for_proof

MOST = 500


@asks_for_proof
@for_readers
def members_page(request: HttpRequest, access: Access) -> HttpResponse:
    facts = settings_facts(access, _("Members"))
    if access.brand is not None and not access.can_manage:
        return only_managers(request, facts, what=_("Who belongs to the brand"))
    if request.method == "POST":
        facts["typed"] = request.POST
        try:
            added = _added(request, access)
        except DomainError as error:
            facts["problem"] = str(error)
        else:
            facts |= {"typed": {}, "added": added.member}
            if added.may_be_invited:
                facts["invitation"] = invitation(request, added.member.user)
    if access.brand is not None:
        facts |= _listed(request, access)
    return shown(request, "brands/members.html", facts, status=400 if "problem" in facts else 200)


def _listed(request: HttpRequest, access: Access) -> dict[str, Any]:
    found = Membership.objects.for_brand(access.scope).select_related("user")
    listed = list(found.order_by("user__username", "pk")[:MOST])
    managers = [one for one in listed if one.role == Role.MANAGER and one.user.is_active]
    only = managers[0].pk if len(managers) == 1 else None
    return {
        "members": [
            {
                "row": one,
                "is_me": one.user_id == access.user.pk,
                "is_last": one.pk == only,
                "is_invited": not one.user.has_usable_password() and one.user.last_login is None,
            }
            for one in listed
        ],
        "roles": roles(),
        "admin_url": reverse("admin:brands_membership_changelist")
        if request.user.is_superuser
        else "",
    }


def roles() -> list[tuple[str, str, str]]:
    words = {
        Role.VIEWER: _("sees everything, changes nothing"),
        Role.MEMBER: _("creates jobs and changes their own"),
        Role.MANAGER: _("changes all jobs, providers, limits, members and keys"),
    }
    return [(role.value, str(role.label), words[role]) for role in Role]


def _role(request: HttpRequest) -> Role:
    try:
        return Role(request.POST.get("role", ""))
    except ValueError:
        raise Invalid(_("Choose one of the roles.")) from None


def _added(request: HttpRequest, access: Access) -> members.Added:
    access.must_manage()
    if "again" in request.POST:
        member = _member(access, request.POST["again"])
        if not members.may_be_invited(member):
            raise Invalid(_("They have come in already, or belong elsewhere too."))
        return members.Added(member, True)
    who = request.POST.get("who", "").replace("\0", "")
    return members.add(brand_of(access), who=who, role=_role(request))


def invitation(request: HttpRequest, user: Any) -> str:
    """The way to a password for an account that has none; whoever has the link may set it."""
    token = default_token_generator.make_token(user)
    number = urlsafe_base64_encode(force_bytes(user.pk))
    return request.build_absolute_uri(reverse("invitation", args=[number, token]))


def _member(access: Access, number: str) -> Membership:
    found = Membership.objects.for_brand(brand_of(access)).select_related("user")
    whole = number.isascii() and number.isdigit() and len(number) < 19
    member = found.filter(pk=int(number)).first() if whole else None
    if member is None:
        raise NotFound
    return member


@require_POST
@asks_for_proof
@for_managers
def change_member(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Another role, or out."""
    member = _member(access, str(number))
    try:
        said = _changed(request, member)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("settings-members"))


def _changed(request: HttpRequest, member: Membership) -> str:
    name = {"name": member.user.get_username()}
    if request.POST.get("action") == "remove":
        members.remove(member)
        return _("%(name)s no longer belongs to the brand.") % name
    role = _role(request)
    members.change_role(member, role)
    return _("%(name)s is now: %(role)s.") % {**name, "role": role.label}
