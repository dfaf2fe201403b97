"""Finds out who is asking: from the API key if one is sent, else from the browser's session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from brands import call_limits, key_finding
from brands.access import NOBODY, Access
from brands.errors import BrandRequired, InvalidApiKey, NotAllowed
from brands.models import ApiKey, Brand, Membership, Role
from brands.rights import Right
from brands.scoping import ALL_BRANDS, AllBrands
from brands.sign_in import sessions

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION_BRAND = "brand_id"
EVERY_BRAND = "all"  # what a superuser's session holds after choosing "All brands"
_LONGEST_HEADER = 100


def access_of(request: HttpRequest) -> Access:
    """Return who is asking, found once per request. Accepts Django's request or DRF's.

    In an API view only what the view's own authentication let in counts: a view for keys alone is
    not opened by a cookie, nor a cookie without its CSRF token.
    """
    own: Any = getattr(request, "_request", request)
    if own is not request and not request.user.is_authenticated:
        return NOBODY
    if not hasattr(own, "_access"):
        own._access = _find_out(own)
    return own._access


def was_asked(request: HttpRequest) -> bool:
    return hasattr(request, "_access")


def bind(request: HttpRequest, access: Access) -> None:
    """Let another way of asking (a signed request) say who it is."""
    own: Any = getattr(request, "_request", request)
    own._access = access


def count(request: HttpRequest, access: Access) -> None:
    """Count a call of a program, once a request; what is left goes into the answer's headers."""
    if call_limits.is_on():
        spends = call_limits.may_spend(request.method or "", request.path)
        own: Any = getattr(request, "_request", request)
        own._standing = call_limits.take(access, spends=spends)


def bearer_token(request: HttpRequest) -> str | None:
    """Return what follows `Bearer`; other schemes belong to a proxy in front of us."""
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _find_out(request: HttpRequest) -> Access:
    token = bearer_token(request)
    if token is not None:
        access = access_by_key(token, named=named_brand(request))
        count(request, access)
        return access
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    if sessions.is_over(request.session) or sessions.lacks_second(user, request.session):
        return NOBODY
    return access_by_session(user, session=request.session, named=named_brand(request))


def named_brand(request: HttpRequest) -> str | None:
    return request.META.get("HTTP_X_BRAND")


def access_by_key(token: str, *, named: str | None = None) -> Access:
    """Open the door for a key that is valid at this moment; a change counts from the next call."""
    key = key_finding.find(token)
    if key is None:
        raise InvalidApiKey
    access = access_of_key(key)
    if named is not None and not _is_called(key.brand, named):
        raise NotAllowed(
            _("This API key belongs to another brand than X-Brand names. Leave the header out.")
        )
    key_finding.note_use(key)
    return access


def access_of_key(key: Any) -> Access:
    """Say how far a key reaches now: no further than its owner does. It carries `role`."""
    role = Role(key.role) if key.role else None
    _refuse_closed(key, role)
    reach = Right.MANAGE if key.user.is_superuser else role.right  # type: ignore[union-attr]
    return Access(
        user=key.user,
        scope=key.brand,
        role=role or Role.MANAGER,
        right=min(reach, Right(key.right)),
        key=key,
    )


def _refuse_closed(key: ApiKey, role: Role | None) -> None:
    """Say why a key no longer opens; only its holder can come this far."""
    if key.revoked_at is not None:
        raise InvalidApiKey(_("This API key was revoked. Make a new one."))
    if key.is_expired:
        raise InvalidApiKey(_("This API key has expired. Make a new one."))
    welcome = key.user.is_active and key.brand.is_active and (role or key.user.is_superuser)
    if not welcome:
        raise InvalidApiKey(_("The owner of this API key no longer has access to its brand."))


def access_by_session(user: Any, *, session: Any, named: str | None = None) -> Access:
    """Choose the brand: the header's, else the session's, else the only one there is."""
    memberships = list(
        Membership.objects.select_related("brand").filter(user=user, brand__is_active=True)
    )
    roles = {member.brand: Role(member.role) for member in memberships}
    if user.is_superuser:
        scope = _scope_of_superuser(roles, session=session, named=named)
        return Access(user=user, scope=scope, role=Role.MANAGER, right=Right.MANAGE)
    brand = _choose(roles, session=session, named=named)
    if brand is None:
        return Access(user=user)
    return Access(user=user, scope=brand, role=roles[brand], right=roles[brand].right)


def _choose(roles: dict[Brand, Role], *, session: Any, named: str | None) -> Brand | None:
    if named is not None:
        found = next((brand for brand in roles if _is_called(brand, named)), None)
        if found is None:
            raise BrandRequired
        return found
    chosen = session.get(SESSION_BRAND)
    for brand in roles:
        if brand.pk == chosen:
            return brand
    return next(iter(roles)) if len(roles) == 1 else None


def _scope_of_superuser(
    roles: dict[Brand, Role], *, session: Any, named: str | None
) -> Brand | AllBrands:
    if named is not None:
        brand = Brand.objects.filter(_called(named), is_active=True).first()
        if brand is None:
            raise BrandRequired
        return brand
    chosen = session.get(SESSION_BRAND)
    if isinstance(chosen, int):
        brand = Brand.objects.filter(pk=chosen, is_active=True).first()
        if brand is not None:
            return brand
    if chosen != EVERY_BRAND and len(roles) == 1:
        return next(iter(roles))
    return ALL_BRANDS


def _is_called(brand: Brand, named: str) -> bool:
    return named.strip() in {brand.slug, str(brand.pk)}


def _called(named: str) -> Q:
    word = named.strip()[:_LONGEST_HEADER]
    if word.isascii() and word.isdigit():
        return Q(pk=int(word)) if len(word) < 19 else Q(pk__in=[])
    return Q(slug=word) if "\0" not in word else Q(pk__in=[])
