"""Which saved views a person sees in a brand, and who may keep or remove one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from ai_core.models import SavedView
from brands.access import Access
from brands.errors import DomainError, NotFound

MOST = 50  # of one person in one brand
LONGEST_NAME, LONGEST_QUERY = 60, 2000


@dataclass(frozen=True)
class View:
    """A view as the list offers it."""

    id: int
    name: str
    query: str
    owner: str
    is_shared: bool
    is_mine: bool
    may_remove: bool
    is_current: bool

    @property
    def address(self) -> str:
        return f"?{self.query}"


def offered(access: Access, query: QueryDict) -> list[View]:
    """A person's own views and those that others share; there are none of all brands at once."""
    if access.brand is None:
        return []
    now = normal(query)
    found = SavedView.objects.for_brand(access.brand).filter(_seen(access)).select_related("owner")
    return [
        View(
            id=one.pk,
            name=one.name,
            query=one.query,
            owner=one.owner.get_username(),
            is_shared=one.is_shared,
            is_mine=one.owner_id == access.user.pk,
            may_remove=_may_remove(one, access),
            is_current=one.query == now,
        )
        for one in found
    ]


def keep(access: Access, *, name: str, query: QueryDict, is_shared: bool) -> SavedView:
    """Save under this name; an own view of that name is replaced."""
    brand = access.brand
    name, text = name.strip(), normal(query)
    if brand is None:
        raise DomainError(_("Choose one brand in the header: a view belongs to it."))
    if not name or len(name) > LONGEST_NAME:
        raise DomainError(_("Give the view a name of 1 to 60 characters."))
    if len(text) > LONGEST_QUERY:
        raise DomainError(_("These filters are too long to be saved. Take some of them off."))
    mine = SavedView.objects.for_brand(brand).filter(owner=access.user)
    if mine.exclude(name=name).count() >= MOST:
        raise DomainError(_("You have 50 views here. Remove one before you save another."))
    found, _made = SavedView.objects.update_or_create(
        brand=brand,
        owner=access.user,
        name=name,
        defaults={"query": text, "is_shared": is_shared and access.can_create},
    )
    return found


def remove(access: Access, number: int) -> str:
    """Return its name; what a person does not see does not exist for them."""
    found = SavedView.objects.for_brand(access.brand).filter(_seen(access), pk=number).first()
    if found is None or not _may_remove(found, access):
        raise NotFound
    found.delete()
    return found.name


def normal(query: QueryDict) -> str:
    """The same list is the same text, whatever the order of its words and whichever its page."""
    kept = sorted((name, value) for name in query for value in query.getlist(name))
    found = QueryDict(mutable=True)
    for name, value in kept:
        if name not in ("page", "skip", "view"):
            found.appendlist(name, value)
    return found.urlencode(safe=",")


def _seen(access: Access) -> Q:
    return Q(owner=access.user) | Q(is_shared=True)


def _may_remove(view: SavedView, access: Access) -> bool:
    return view.owner_id == access.user.pk or (view.is_shared and access.can_manage)
