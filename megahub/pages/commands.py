"""The command palette: pages, jobs and actions that fit a few typed letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ai_core.pages.finding import jobs_named, types_to_start
from megahub.pages.search import LONGEST, plain
from megahub.pages.shell import Shell


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line: it opens an address, sends one value, or presses what is on the page anyway."""

    label: str
    icon: str
    hint: str = ""
    url: str = ""
    post: str = ""
    name: str = ""
    value: str = ""
    press: str = ""


@dataclass(frozen=True)
class Group:
    label: str
    entries: list[Entry]


@login_required
def commands(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    shell = Shell(request)
    groups = [
        Group(_("Actions"), _fitting(words, _actions(shell, words))),
        Group(_("Pages"), _fitting(words, _pages(shell))),
        Group(_("Jobs"), _jobs(shell, words)),
        Group(_("Search"), _search(words)),
    ]
    if words:  # what is named comes before what is only done
        groups = [groups[1], groups[2], groups[0], groups[3]]
    shown = [group for group in groups if group.entries]
    answer = render(request, "pages/commands.html", {"groups": shown})
    answer["Cache-Control"] = "private, no-store"
    return answer


def _fitting(words: str, entries: Iterable[Entry]) -> list[Entry]:
    wanted = plain(words).split()
    return [one for one in entries if all(word in plain(one.label) for word in wanted)]


def _pages(shell: Shell) -> Iterator[Entry]:
    for group in shell.navigation:
        for line in group.entries:
            yield Entry(label=line.label, icon=line.icon, url=line.url, hint=group.label)


def _jobs(shell: Shell, words: str) -> list[Entry]:
    return [
        Entry(label=one.label, hint=one.hint, icon=one.icon, url=one.url)
        for one in jobs_named(words, shell.access)
    ]


def _search(words: str) -> list[Entry]:
    if not words:
        return []
    address = f"{reverse('search')}?{urlencode({'q': words})}"
    label = _("Search everything for “%(words)s”") % {"words": words}
    return [Entry(label=label, icon="search", url=address)]


def _actions(shell: Shell, words: str) -> Iterator[Entry]:
    if shell.access.may_begin:
        yield Entry(label=_("New job"), icon="plus", url="/jobs/new/", hint="C")
    for kind in types_to_start(shell.access) if words else ():
        if any(word in plain(kind.label) for word in plain(words).split()):
            label = _("New job: %(type)s") % {"type": kind.label}
            yield Entry(label=label, icon=kind.icon, url=kind.url)
    if shell.may_switch_brand:
        yield from _brands(shell)
    yield Entry(label=_("Change the theme"), icon="moon", press=".theme-toggle")
    for language in shell.languages:
        if language.code != get_language():
            yield Entry(label=language.name, icon="languages", post=reverse("set_language"),
                        name="language", value=language.code, hint=_("Language"))  # fmt: skip
    yield Entry(label=_("Keyboard shortcuts"), icon="keyboard", hint="?", press="[data-keys-open]")


def _brands(shell: Shell) -> Iterator[Entry]:
    for choice in shell.brand_choices:
        if not choice.is_current:
            label = _("Switch to %(name)s") % {"name": choice.name}
            yield Entry(label=label, icon="store", post=reverse("choose_brand"), name="brand",
                        value=choice.value)  # fmt: skip
