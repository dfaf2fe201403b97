"""A fresh proof of who one is, before keys, secrets and roles are given out in a browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from brands.asking import access_of
from brands.errors import DomainError
from brands.sign_in.sessions import is_proved


class ProofNeeded(DomainError):
    """Nobody has shown who they are for ten minutes: do it at /account/proof/, and try again."""

    code, status = "PROOF_NEEDED", 403
    detail = _("Show once more who you are (your password), then try again.")


def must_be_fresh(request: Any) -> None:
    """Raise where a session's proof is old. A key is its own proof, each time."""
    own = getattr(request, "_request", request)
    if access_of(request).key is None and not is_proved(own.session):
        raise ProofNeeded


def asks_for_proof(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send whoever posts without a fresh proof to show it, and then back to the form."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if is_proved(request.session):
            return view(request, *args, **kwargs)
        back = request.headers.get("Referer", "") or request.path
        return HttpResponseRedirect(f"{reverse('proof')}?{urlencode({'next': _path(back)})}")

    return shown


def _path(address: str) -> str:
    """The page of the form, on this host; where it leads is checked again when it is followed."""
    _scheme, there, rest = address.partition("://")
    return "/" + rest.partition("/")[2] if there else address
