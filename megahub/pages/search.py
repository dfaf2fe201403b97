"""The search of the header: pages, brands and people that this person may see."""

from dataclasses import dataclass
from unicodedata import combining, normalize

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from brands.asking import access_of
from brands.models import Membership
from megahub.pages.shell import Shell

MOST = 20
LONGEST = 100


@dataclass(frozen=True)
class Person:
    name: str
    username: str
    brand: str
    role: str
    url: str | None


@login_required
def search(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    found = _found(request, words) if words else {}
    return render(
        request,
        "pages/search.html",
        {"crumbs": [(_("Search"), None)], "words": words, **found, "any": any(found.values())},
    )


def _found(request: HttpRequest, words: str) -> dict[str, list]:
    shell, wanted = Shell(request), plain(words)
    lines = [line for group in shell.navigation for line in group.entries]
    return {
        "lines": [line for line in lines if wanted in plain(line.label)],
        "choices": [choice for choice in shell.brand_choices if wanted in plain(choice.name)],
        "people": _people(request, words),
    }


def _people(request: HttpRequest, words: str) -> list[Person]:
    named = Q()
    for word in words.split():
        named &= (
            Q(user__username__icontains=word)
            | Q(user__first_name__icontains=word)
            | Q(user__last_name__icontains=word)
        )
    members = Membership.objects.for_brand(access_of(request).scope).filter(named)
    may_open = request.user.is_staff and request.user.has_perm("auth.view_user")
    return [
        Person(
            name=member.user.get_full_name() or member.user.get_username(),
            username=member.user.get_username(),
            brand=member.brand.name,
            role=member.get_role_display(),
            url=reverse("admin:auth_user_change", args=[member.user_id]) if may_open else None,
        )
        for member in members.select_related("user", "brand").order_by("user__username")[:MOST]
    ]


def plain(text: str) -> str:
    """Fold case and accents away, so that « equipe » finds « Équipe »."""
    return "".join(sign for sign in normalize("NFD", text) if not combining(sign)).casefold()
