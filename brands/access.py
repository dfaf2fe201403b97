"""Who is asking, for which brand, and how far they reach: what every view and service asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser

from brands.errors import BrandRequired, NotAllowed
from brands.rights import Right
from brands.scoping import ALL_BRANDS, AllBrands

if TYPE_CHECKING:
    from brands.models import ApiKey, Brand, Role


@dataclass(frozen=True, slots=True)
class Access:
    """One caller in one request; `right` is the smaller of the role's and the key's."""

    user: Any
    scope: Brand | AllBrands | None = None
    role: Role | None = None
    right: Right = Right.NONE
    key: ApiKey | None = None

    @property
    def is_authenticated(self) -> bool:
        return bool(self.user.is_authenticated)

    @property
    def brand(self) -> Brand | None:
        """The one brand of this request; None when there is none, or all of them."""
        return None if self.scope is ALL_BRANDS else self.scope

    @property
    def is_superuser(self) -> bool:
        """A superuser at the browser: a key never reaches beyond its brand."""
        return bool(self.user.is_superuser) and self.key is None

    @property
    def can_read(self) -> bool:
        return self.scope is not None and self.right >= Right.READ

    @property
    def can_create(self) -> bool:
        return self.brand is not None and self.right >= Right.WRITE

    @property
    def may_begin(self) -> bool:
        """May pages offer to create? Who sees every brand is asked for one of them first."""
        return self.scope is not None and self.right >= Right.WRITE

    @property
    def can_manage(self) -> bool:
        return self.scope is not None and self.right >= Right.MANAGE

    def can_change(self, owner_id: int | None) -> bool:
        """A member changes what is their own, a manager all of the brand's."""
        if self.can_manage:
            return True
        own = owner_id is not None and owner_id == self.user.pk
        return own and self.scope is not None and self.right >= Right.WRITE

    def brand_to_create_in(self) -> Brand:
        """Return the brand for a new row, or raise what stands against it."""
        if self.brand is None:
            raise BrandRequired
        if not self.can_create:
            raise NotAllowed
        return self.brand

    def brand_to_hold_keys_in(self) -> Brand:
        """A viewer may have a key too, to read with."""
        if self.brand is None:
            raise BrandRequired
        if not self.can_read:
            raise NotAllowed
        return self.brand

    def must_change(self, owner_id: int | None) -> None:
        if not self.can_change(owner_id):
            raise NotAllowed

    def must_manage(self) -> None:
        if not self.can_manage:
            raise NotAllowed


NOBODY = Access(user=AnonymousUser())
