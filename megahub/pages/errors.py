"""What a person or a program sees when a request cannot be answered."""

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from megahub.api.errors import json_error, wants_json

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception) if exception and str(exception) else ""
    return _answer(request, 403, detail=said or _("You may not open this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, came from elsewhere, or cookies are off."""
    logger.warning("csrf check failed", extra={"reason": reason, "path": request.path})
    detail = _("The form has expired. Go back, reload the page, and send it again.")
    return _answer(request, 403, detail=detail, template="403_csrf.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs no database, session or context; only the style sheets' names."""
    detail = _("Something broke here. It was logged; try again in a moment.")
    if wants_json(request):
        return json_error(500)
    try:
        page = render_to_string("500.html", {"request_id": _request_id(request)})
    except Exception:  # the page itself is what broke
        logger.exception("the 500 page could not be drawn")
        return HttpResponseServerError(detail, content_type="text/plain; charset=utf-8")
    return HttpResponseServerError(page)


def _answer(
    request: HttpRequest, status: int, *, detail: str = "", template: str | None = None
) -> HttpResponse:
    if wants_json(request):
        return json_error(status)
    user = getattr(request, "user", None)
    facts = {
        "detail": detail,
        "layout": "base.html" if user and user.is_authenticated else "bare.html",
        "request_id": _request_id(request),
        "crumbs": [],
    }
    return render(request, template or f"{status}.html", facts, status=status)


def _request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", "") or "")
