"""Says who is being answered: to the audit trail, and to caches once a request has asked."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

from brands.asking import was_asked
from brands.audit.circumstances import answering


class BrandMiddleware:
    """`request.access` and `request.current_brand` themselves are set up in `apps.py`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request):
            response = self.get_response(request)
        if standing := getattr(request, "_standing", None):
            for name, value in standing.headers.items():
                response.headers.setdefault(name, value)
        if was_asked(request):
            patch_vary_headers(response, ("Authorization", "X-Brand", "Cookie"))
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, private=True, no_cache=True)
        return response
