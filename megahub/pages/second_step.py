"""The second step of logging in, and the second factor of one's own account."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login, user_login_failed
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brands.models import Identity
from brands.sign_in import factors, guesses, sessions, totp
from brands.sign_in.proof import asks_for_proof

HALF_IN = "half_in"
HALF_IN_SECONDS = 300
OPEN_TO_THEM = ("second-factor", "proof", "logout", "set_language")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


def wait_for(request: HttpRequest, user: Any, *, leads_to: str) -> None:
    """Remember that the password was right; that opens nothing yet."""
    request.session.cycle_key()
    request.session[HALF_IN] = {
        "user": user.pk, "backend": user.backend, "at": int(time.time()), "next": leads_to,
    }  # fmt: skip


def code_page(request: HttpRequest) -> HttpResponse:
    """Ask for the code of whoever gave the right password a moment ago."""
    half = request.session.get(HALF_IN)
    user = _half_in(half)
    if user is None:
        request.session.pop(HALF_IN, None)
        return HttpResponseRedirect(reverse("login"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wait = guesses.counted(request, _place(user))
        if not wait and factors.passes(user, form.cleaned_data["code"]):
            return _come_in(request, user, half)
        _refuse(request, form, user, wait)
    return _answer(request, form, "registration/code.html")


def _come_in(request: HttpRequest, user: Any, half: dict[str, Any]) -> HttpResponse:
    guesses.forgiven(request, _place(user))
    guesses.forgiven(request, user.get_username())
    del request.session[HALF_IN]
    login(request, user, backend=half["backend"])
    request.session[sessions.SECOND] = True
    return HttpResponseRedirect(half["next"])


def _half_in(half: dict[str, Any] | None) -> Any:
    if half is None or time.time() - half["at"] > HALF_IN_SECONDS:
        return None
    return get_user_model().objects.filter(pk=half["user"], is_active=True).first()


def _place(user: Any) -> str:
    return f"code\0{user.get_username()}"


def _refuse(request: HttpRequest, form: forms.Form, user: Any, wait: int) -> None:
    from megahub.pages.accounts import locked_out  # noqa: PLC0415 - that page leads to this one

    user_login_failed.send(
        sender=__name__, credentials={"username": user.get_username()}, request=request
    )
    said = _("This code is not right, or was used already. Wait for the next one.")
    form.add_error(None, locked_out(wait) if wait else said)


def _answer(request: HttpRequest, form: forms.Form, page: str, **facts: Any) -> HttpResponse:
    status = 200 if not form.errors else 400
    answer = render(request, page, {"form": form, "crumbs": [], **facts}, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer


# ---------------------------------------------------------------------- one's own account
@asks_for_proof
@login_required
def own_page(request: HttpRequest) -> HttpResponse:
    """Set a second factor, or take it away with a code of it."""
    form = CodeForm(request.POST or None)
    crumbs = [(_("Second factor"), None)]
    facts: dict[str, Any]
    if factors.is_set(request.user):
        if request.method == "POST" and form.is_valid() and _passes(request, form):
            factors.remove(request.user)
            request.session.pop(sessions.SECOND, None)
            messages.success(request, _("The second factor is removed."))
            return HttpResponseRedirect(reverse("second-factor"))
        facts = {
            "is_set": True,
            "is_required": factors.is_required(request.user),
            "codes_left": factors.codes_left(request.user),
        }
        return _answer(request, form, "registration/second_factor.html", crumbs=crumbs, **facts)
    if request.method == "POST" and form.is_valid():
        codes = factors.confirm(request.user, form.cleaned_data["code"])
        if codes:
            request.session[sessions.SECOND] = True
            facts = {"is_set": True, "codes": codes}
            blank = CodeForm()
            return _answer(
                request, blank, "registration/second_factor.html", crumbs=crumbs, **facts
            )
        form.add_error("code", _("This code is not right. Is the clock of your phone right?"))
    secret = factors.begin(request.user)
    picture = segno.make(totp.address(secret, request.user.get_username()), error="m")
    facts = {
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": picture.svg_data_uri(scale=4, light="#fff"),
        "is_required": factors.is_required(request.user),
    }
    return _answer(request, form, "registration/second_factor.html", crumbs=crumbs, **facts)


def _passes(request: HttpRequest, form: forms.Form) -> bool:
    wait = guesses.counted(request, _place(request.user))
    if not wait and factors.passes(request.user, form.cleaned_data["code"]):
        guesses.forgiven(request, _place(request.user))
        return True
    _refuse(request, form, request.user, wait)
    return False


class ProofForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


@login_required
def proof_page(request: HttpRequest) -> HttpResponse:
    """Show once more who one is; then back to what asked for it."""
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = request.user.get_username()
        wait = guesses.counted(request, name)
        if not wait and request.user.check_password(form.cleaned_data["password"]):
            guesses.forgiven(request, name)
            sessions.proved(request.session)
            messages.success(request, _("Thank you. Now send the form once more."))
            return HttpResponseRedirect(_safe_next(request))
        _refuse(request, form, request.user, wait)
        form.errors.pop(NON_FIELD_ERRORS, None)
        from megahub.pages.accounts import locked_out  # noqa: PLC0415

        form.add_error(None, locked_out(wait) if wait else _("This is not your password."))
    is_known = Identity.objects.filter(user=request.user.pk).exists()
    facts = {"next": _safe_next(request), "elsewhere": settings.OIDC if is_known else None}
    return _answer(request, form, "registration/proof.html", **facts)


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"


class SecondFactorWall:
    """Lets staff who must have a second factor, and have none, nowhere but to where it is set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.REQUIRE_SECOND_FACTOR and self._stands_before(request):
            return HttpResponseRedirect(reverse("second-factor"))
        return self.get_response(request)

    def _stands_before(self, request: HttpRequest) -> bool:
        open_to_them = {reverse(name) for name in OPEN_TO_THEM}
        if request.path in open_to_them or "HTTP_AUTHORIZATION" in request.META:
            return False
        user = request.user
        return user.is_authenticated and sessions.lacks_second(user, request.session)
