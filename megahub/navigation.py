"""The entries of the sidebar: each app lists its own in `<app>/navigation.py`.

An app writes `NAVIGATION = [{"id": "jobs", "group": "hub", "order": 20, "label": _("Jobs"),
"icon": "layers", "url_name": "jobs", "key": "j"}]`. It imports nothing for that, and a page that
has no address yet simply does not appear. The icon must stand in `megahub/icons.txt`; `g` and the
key lead there, and the list of keys says so. `SETTINGS` lists the app's tabs of the settings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GROUPS = {"hub": _("AI hub"), "operations": _("Operations"), "administration": _("Administration")}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A page in the sidebar; `permission` and `staff` narrow who sees it."""

    id: str
    group: str
    label: str | Promise
    icon: str
    url_name: str
    order: int = 100
    permission: str = ""
    staff: bool = False
    exact: bool = False  # current only on its own address, not on those below it
    key: str = ""  # `g` and this letter go there

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise ValueError(f"navigation entry {self.id!r}: group is one of {', '.join(GROUPS)}")

    def is_for(self, user: Any) -> bool:
        if self.staff and not user.is_staff:
            return False
        return not self.permission or user.has_perm(self.permission)


@dataclass(frozen=True)
class Line:
    """An entry as one page shows it."""

    id: str
    label: str
    icon: str
    url: str
    is_current: bool
    key: str = ""


@dataclass(frozen=True)
class Group:
    id: str
    label: str
    entries: list[Line]


def groups_for(user: Any, path: str) -> list[Group]:
    """Return what this person may open; of the entries above `path` the nearest is current."""
    found = [(entry, url) for entry in entries() if entry.is_for(user) and (url := address(entry))]
    above = [url for entry, url in found if _leads_to(url, path, exact=entry.exact)]
    nearest = max(above, key=len, default=None)
    groups = []
    for name, label in GROUPS.items():
        lines = [
            Line(entry.id, str(entry.label), entry.icon, url, url == nearest, entry.key)
            for entry, url in found
            if entry.group == name
        ]
        if lines:
            groups.append(Group(name, str(label), lines))
    return groups


def settings_tabs(path: str) -> list[Line]:
    """Return the tabs of the settings, from all apps, in their order."""
    found = [(entry, url) for entry in _settings() if (url := address(entry))]
    return [
        Line(entry.id, str(entry.label), entry.icon, url, path.startswith(url))
        for entry, url in found
    ]


def address(entry: Entry) -> str | None:
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return None


def _leads_to(url: str, path: str, *, exact: bool) -> bool:
    return path == url if exact else path.startswith(url)


@cache
def entries() -> tuple[Entry, ...]:
    return tuple(sorted(_listed(), key=lambda entry: entry.order))


@cache
def _settings() -> tuple[Entry, ...]:
    found = [Entry(**item) for item in _of_apps("SETTINGS")]
    return tuple(sorted(found, key=lambda entry: entry.order))


def _listed() -> Iterator[Entry]:
    yield from (Entry(**item) for item in [*OWN, *_of_apps("NAVIGATION")])


def _of_apps(name: str) -> Iterator[dict[str, Any]]:
    for app in apps.get_app_configs():
        module = f"{app.name}.navigation"
        if app.name != "megahub" and find_spec(module):
            yield from getattr(import_module(module), name, ())


OWN: list[dict[str, Any]] = [
    {
        "id": "overview",
        "group": "hub",
        "order": 10,
        "label": _("Overview"),
        "icon": "gauge",
        "url_name": "home",
        "exact": True,
        "key": "o",
    },
    {
        "id": "users",
        "group": "administration",
        "order": 10,
        "label": _("People"),
        "icon": "users",
        "url_name": "admin:auth_user_changelist",
        "permission": "auth.view_user",
        "staff": True,
    },
    {
        "id": "brands",
        "group": "administration",
        "order": 20,
        "label": _("Brands"),
        "icon": "store",
        "url_name": "admin:brands_brand_changelist",
        "permission": "brands.view_brand",
        "staff": True,
    },
    {
        "id": "admin",
        "group": "administration",
        "order": 90,
        "label": _("All tables"),
        "icon": "database",
        "url_name": "admin:index",
        "staff": True,
        "key": "a",
    },
]
