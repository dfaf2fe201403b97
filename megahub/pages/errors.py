"""What a person or a program sees when a request cannot be answered."""

import logging
from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from brands.errors import BrandRequired, DomainError, NotAuthenticated
from megahub.api.errors import json_error, wants_json

OWN_PAGE = (403, 404)
logger = logging.getLogger(__name__)


class PageErrors:
    """Shows a domain error that a page raises as the page for its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError) or wants_json(request):
            return None
        if isinstance(error, NotAuthenticated):
            return redirect_to_login(request.get_full_path())
        if isinstance(error, BrandRequired):
            return _which_brand(request, error)
        return _answer(request, error.status, detail=str(error))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception) if exception and str(exception) else ""
    return _answer(request, 403, detail=said or _("You may not open this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, came from elsewhere, or cookies are off."""
    logger.warning("csrf check failed", extra={"reason": reason, "path": request.path})
    detail = _("The form has expired. Go back, reload the page, and send it again.")
    return _answer(request, 403, detail=detail, template="403_csrf.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs no database, session or context; only the style sheets' names."""
    if wants_json(request):
        return json_error(500)
    try:
        page = render_to_string("500.html", {"request_id": _request_id(request)})
    except Exception:  # the page itself is what broke
        logger.exception("the 500 page could not be drawn")
        detail = _("Something broke here. It was logged; try again in a moment.")
        return HttpResponseServerError(detail, content_type="text/plain; charset=utf-8")
    return HttpResponseServerError(page)


def _which_brand(request: HttpRequest, error: BrandRequired) -> HttpResponse:
    """Ask for the brand that is missing; the answer leads back to the page that asked for it."""
    fitting = error.facts.get("brand_id")
    said = "" if error.detail is BrandRequired.detail else str(error)  # that is for programs
    facts = {"detail": said, "only": fitting and str(fitting), "crumbs": []}
    return render(request, "pages/which_brand.html", facts, status=error.status)


def _answer(
    request: HttpRequest, status: int, *, detail: str = "", template: str | None = None
) -> HttpResponse:
    if wants_json(request):
        return json_error(status)
    user = getattr(request, "user", None)
    facts = {
        "detail": detail,
        "status": status,
        "layout": "base.html" if user and user.is_authenticated else "bare.html",
        "request_id": _request_id(request),
        "crumbs": [],
    }
    if template is None:
        template = f"{status}.html" if status in OWN_PAGE else "400.html"
    return render(request, template, facts, status=status)


def _request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", "") or "")
