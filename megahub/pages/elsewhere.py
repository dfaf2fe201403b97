"""Signing in through the company's OpenID Connect provider, and showing there who one is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, user_login_failed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from brands.models import Identity
from brands.sign_in import factors, identities, issuer, sessions
from brands.sign_in.refusals import NotLetIn, SaysNo
from megahub.pages import second_step

WENT = "went_elsewhere"  # why, and where to go afterwards
BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_GET
def go_there(request: HttpRequest) -> HttpResponse:
    """To the provider; who is inside already goes there to show it once more."""
    if settings.OIDC is None:
        raise Http404
    prove = request.user.is_authenticated
    request.session[WENT] = {"prove": prove, "next": _safe(request, request.GET.get("next", "/"))}
    try:
        return issuer.send_there(request, _back(request), prove=prove)
    except NotLetIn as refusal:
        return _refused(request, refusal)


@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """From the provider, with a code that only it and we can use, once."""
    if settings.OIDC is None:
        raise Http404
    went = request.session.pop(WENT, None) or {"prove": False, "next": "/"}
    try:
        told = issuer.read_answer(request, prove=went["prove"])
        if went["prove"]:
            return _proved(request, told, went["next"])
        user = identities.person_of(told)
    except NotLetIn as refusal:
        user_login_failed.send(sender=__name__, credentials={}, request=request)
        return _refused(request, refusal)
    return _let_in(request, user, told, went["next"])


def _let_in(request: HttpRequest, user: Any, told: issuer.Told, leads_to: str) -> HttpResponse:
    """A second factor of ours is asked for, unless the provider has asked for one itself."""
    if factors.is_set(user) and not told.has_second:
        user.backend = BACKEND
        second_step.wait_for(request, user, leads_to=leads_to)
        return HttpResponseRedirect(reverse("login-code"))
    login(request, user, backend=BACKEND)
    if told.has_second:
        request.session[sessions.SECOND] = True
    return HttpResponseRedirect(leads_to)


def _proved(request: HttpRequest, told: issuer.Told, leads_to: str) -> HttpResponse:
    """Only the one who is inside can show that it is still them."""
    same = Identity.objects.filter(
        user=request.user.pk, issuer=told.issuer, subject=told.subject
    ).exists()
    if not same:
        raise SaysNo
    sessions.proved(request.session)
    messages.success(request, _("Thank you. Now send the form once more."))
    return HttpResponseRedirect(leads_to)


def _refused(request: HttpRequest, refusal: NotLetIn) -> HttpResponse:
    answer = render(
        request, "registration/refused.html", {"said": str(refusal)}, status=refusal.status
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def _back(request: HttpRequest) -> str:
    """The one address that is told to the provider, whatever host a request has named."""
    return settings.PUBLIC_URL + reverse("login-back")


def _safe(request: HttpRequest, wanted: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"
