"""What the frame around a page shows: `shell` in every template, found only when asked for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from brands.access import NOBODY, Access
from brands.asking import EVERY_BRAND, access_of
from brands.errors import DomainError
from brands.models import Brand
from brands.scoping import ALL_BRANDS
from megahub.navigation import Group, Line, groups_for, settings_tabs

TONES = 6


@dataclass(frozen=True)
class BrandChoice:
    value: str
    name: str
    tone: str
    is_current: bool


@dataclass(frozen=True)
class Language:
    code: str
    name: str


class Shell:
    """One page's frame for one person."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def user(self) -> Any:
        return self.request.user

    @cached_property
    def access(self) -> Access:
        try:
            return access_of(self.request)
        except DomainError:
            return NOBODY

    @cached_property
    def navigation(self) -> list[Group]:
        return groups_for(self.user, self.request.path)

    @cached_property
    def settings_tabs(self) -> list[Line]:
        return settings_tabs(self.request.path)

    @cached_property
    def news_url(self) -> str | None:
        return _address("news") if self.access.can_read else None

    @property
    def here(self) -> str:
        """Where a switch comes back to: this page, unless it was the answer to a form."""
        return self.request.get_full_path()

    @property
    def searched(self) -> str:
        return self.request.GET.get("q", "") if self.request.path == self.search_url else ""

    @cached_property
    def search_url(self) -> str | None:
        return _address("search")

    @cached_property
    def docs_url(self) -> str | None:
        return _address("api-docs")

    @cached_property
    def languages(self) -> list[Language]:
        codes = [code for code, _name in settings.LANGUAGES]
        return [Language(code, get_language_info(code)["name_local"].title()) for code in codes]

    @cached_property
    def initials(self) -> str:
        words = (self.user.get_full_name() or self.user.get_username()).replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper() or "?"

    @property
    def standing(self) -> str:
        """Who this person is here, in a word or two."""
        if self.user.is_superuser:
            return _("Administrator")
        return str(self.access.role.label) if self.access.role else _("No brand chosen")

    @property
    def brand(self) -> Brand | None:
        return self.access.brand

    @property
    def brand_name(self) -> str:
        if self.access.scope is ALL_BRANDS:
            return _("All brands")
        if self.brand:
            return self.brand.name
        return _("Choose a brand") if self.may_switch_brand else ""

    @property
    def brand_tone(self) -> str:
        return _tone(self.brand)

    @cached_property
    def brands(self) -> list[Brand]:
        return brands_of(self.user)

    @property
    def may_switch_brand(self) -> bool:
        return len(self.brand_choices) > 1

    @cached_property
    def brand_choices(self) -> list[BrandChoice]:
        choices = [
            BrandChoice(str(brand.pk), brand.name, _tone(brand), brand == self.brand)
            for brand in self.brands
        ]
        if self.user.is_superuser and choices:
            everything = self.access.scope is ALL_BRANDS
            choices.insert(0, BrandChoice(EVERY_BRAND, _("All brands"), "all", everything))
        return choices


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor."""
    return {"shell": Shell(request)}


def brands_of(user: Any) -> list[Brand]:
    """Return the brands that this person may choose, by name."""
    if not user.is_authenticated:
        return []
    active = Brand.objects.filter(is_active=True).order_by("name")
    if user.is_superuser:
        return list(active)
    return list(active.filter(pk__in=user.memberships.values("brand")))


def _tone(brand: Brand | None) -> str:
    return str(brand.pk % TONES) if brand else "all"


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
