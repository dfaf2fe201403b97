"""My notifications: which kinds, by e-mail and in the bell, in which language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ai_notices import kinds, wishes
from brands.access import Access
from brands.pages.reading import for_readers
from brands.pages.settings import settings_facts, shown

# What the bell can show: it lists jobs as they stand, and the brand's notices.
IN_THE_BELL = frozenset({"job.started", "job.completed", "job.failed", "job.timeout",
                         "job.cancelled", "job.paused"})  # fmt: skip
GROUPS = {"job": gettext_lazy("My jobs"), "": gettext_lazy("The brand, for its managers")}


@for_readers
def preferences_page(request: HttpRequest, access: Access) -> HttpResponse:
    if request.method == "POST":
        wishes.save(
            access.user,
            mail_kinds=_known(request.POST.getlist("mail")),
            page_kinds=_known(request.POST.getlist("page")) + _not_shown(),
            language=_language(request.POST.get("language", "")),
        )
        messages.success(request, _("Your choice is saved."))
        return HttpResponseRedirect(reverse("settings-notifications"))
    chosen = wishes.wishes_of(access.user)
    facts = {
        **settings_facts(access, _("My notifications")),
        "groups": _groups(chosen),
        "chosen": chosen,
        "languages": settings.LANGUAGES,
        "address": access.user.email,
    }
    return shown(request, "ai_notices/preferences.html", facts)


def _known(given: list[str]) -> list[str]:
    return [kind for kind in given if kind in kinds.titles()]


def _not_shown() -> list[str]:
    """What the bell has no line for stays as it is: wanted."""
    return [kind for kind in kinds.JOB_KINDS if kind not in IN_THE_BELL]


def _language(given: str) -> str:
    return given if given in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _groups(chosen: wishes.Wishes) -> list[dict[str, Any]]:
    rows: dict[str, list[dict[str, Any]]] = {"job": [], "": []}
    for kind, title in kinds.titles().items():
        of_job = kind in kinds.JOB_KINDS
        rows["job" if of_job else ""].append(
            {
                "kind": kind,
                "title": title,
                "mail": kind in chosen.mail_kinds,
                "page": kind in chosen.page_kinds,
                "in_the_bell": not of_job or kind in IN_THE_BELL,
            }
        )
    return [{"label": GROUPS[name], "rows": found} for name, found in rows.items() if found]
