"""The door of every page: who reads it, for which brand, in whose time zone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from brands.access import Access
from brands.asking import access_of
from brands.errors import NotAllowed

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Access, P], HttpResponse]


def for_readers(view: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Call the view with the access; whoever has not chosen a brand is sent to choose one."""

    @login_required
    @wraps(view)
    def shown(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        access = access_of(request)
        if access.scope is None:
            return HttpResponseRedirect(reverse("home"))
        if not access.can_read:
            raise NotAllowed
        with timezone.override(zone_of(access)):
            return view(request, access, *args, **kwargs)

    return shown


def for_managers(view: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """As `for_readers`, for what only managers of one brand may open."""

    @for_readers
    @wraps(view)
    def shown(
        request: HttpRequest, access: Access, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        access.must_manage()
        return view(request, access, *args, **kwargs)

    return shown


def zone_of(access: Access) -> ZoneInfo:
    return ZoneInfo(access.brand.time_zone if access.brand else "UTC")


def is_fragment(request: HttpRequest) -> bool:
    """Is only the inner part wanted? A page from the browser's history is wanted whole."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def answer(request: HttpRequest, page: str, facts: dict[str, Any], *, part: str) -> HttpResponse:
    """Render the page, or only its inner part where a script asks for that."""
    found = render(request, part if is_fragment(request) else page, facts)
    patch_vary_headers(found, ["HX-Request"])
    found["Cache-Control"] = "private, no-store"
    return found
