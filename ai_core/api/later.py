"""Answers that come when something else is done, without a thread that waits for it.

The front (`megahub.wsgi_bridge`) says in a request's environment that it can wait on its event
loop; under any other server a view has to wait itself.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from rest_framework.request import Request

POSSIBLE = "megahub.later"


class LaterResponse(HttpResponse):
    """Goes through the middleware as it is; `later` brings status, type and body."""

    def __init__(self, later: Future[HttpResponse]) -> None:
        super().__init__(content_type="application/json")
        self.later = later


def is_possible(request: Request) -> bool:
    return bool(request._request.META.get(POSSIBLE))


def answer(view: Any, found: Future[Any], shape: Callable[[Any], HttpResponse]) -> LaterResponse:
    """Answer with what `found` will be, or with the view's own words for what it raises."""
    later: Future[HttpResponse] = Future()
    language = translation.get_language()

    def settle(done: Future[Any]) -> None:
        with translation.override(language):
            try:
                later.set_result(_answered(view, done, shape))
            except Exception as error:
                later.set_exception(error)

    found.add_done_callback(settle)
    return LaterResponse(later)


def _answered(view: Any, done: Future[Any], shape: Callable[[Any], HttpResponse]) -> HttpResponse:
    try:
        return shape(done.result())
    except Exception as error:
        refused = view.handle_exception(error)
        shaped = view.finalize_response(view.request, refused, *view.args, **view.kwargs)
        return shaped.render() if hasattr(shaped, "render") else shaped
