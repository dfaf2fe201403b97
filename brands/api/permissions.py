"""What a caller may do, per view: everything is refused unless one of these lets it pass."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from brands.access import Access
from brands.asking import access_of
from brands.errors import BrandRequired, NotAllowed, NotAuthenticated


def known_caller(request: Request) -> Access:
    """Return who is asking, or raise: nobody gets past a view without being known."""
    access = access_of(request)
    if not access.is_authenticated:
        raise NotAuthenticated
    return access


class Known(BasePermission):
    """Anyone who is somebody, with or without a brand."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return known_caller(request).is_authenticated


class InBrand(BasePermission):
    """Readers read; writers write. What is whose is asked of `request.access` by the service."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access = known_caller(request)
        if access.scope is None:
            raise BrandRequired
        if request.method in SAFE_METHODS:
            return access.can_read
        return access.can_change(access.user.pk)


class Manages(BasePermission):
    """Managers only, also to read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access = known_caller(request)
        if access.scope is None:
            raise BrandRequired
        access.must_manage()
        return True


class AtTheBrowserOrManages(BasePermission):
    """For what gives rights away: a person who logged in, or a key with the scope `manage`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access = known_caller(request)
        if access.scope is None:
            raise BrandRequired
        if access.key is not None and not access.can_manage:
            raise NotAllowed
        return True
