"""Addresses that old clients write with and without a last slash, or with a prefix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path


def both(route: str, view: Any, name: str, *, prefixes: tuple[str, ...] = ()) -> list[URLPattern]:
    """Serve an address as it is documented, with a slash more, and below each prefix."""
    handler = view.as_view()
    again = _undocumented(handler)
    others = [f"{prefix}{route}{slash}" for prefix in ("", *prefixes) for slash in ("", "/")][1:]
    return [path(route, handler, name=name), *(path(other, again) for other in others)]


def _undocumented(handler: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The same view under another address; the OpenAPI document lists it once."""

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return handler(request, *args, **kwargs)

    view.csrf_exempt = True  # type: ignore[attr-defined]  # REST framework enforces it by itself
    return view
