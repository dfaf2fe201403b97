"""Logging in and out, the way into the admin, and one's own password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import views as auth
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from brands.audit import sign_ins
from brands.sign_in import factors
from megahub.pages import second_step


def locked_out(seconds: int) -> str:
    """The same for names that exist and names that don't."""
    minutes = -(-seconds // 60)
    return ngettext(
        "Too many attempts. Try again in %(count)s minute.",
        "Too many attempts. Try again in %(count)s minutes.",
        minutes,
    ) % {"count": minutes}


class SignInForm(auth_forms.AuthenticationForm):
    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except ValidationError:
            wait = getattr(self.request, "locked_out_seconds", 0)
            if wait:
                raise ValidationError(locked_out(wait), code="locked_out") from None
            raise


class Login(auth.LoginView):
    """One door for the pages and the admin; who is already inside is sent on."""

    template_name = "registration/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, elsewhere=settings.OIDC)

    def form_valid(self, form: SignInForm) -> HttpResponse:
        """Whoever has a second factor is only half in."""
        user: Any = form.get_user()
        if not factors.is_set(user):
            return super().form_valid(form)
        second_step.wait_for(self.request, user, leads_to=self.get_success_url())
        return HttpResponseRedirect(reverse_lazy("login-code"))

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        answer = super().form_invalid(form)
        wait = getattr(self.request, "locked_out_seconds", 0)
        if wait:
            answer.status_code = 429
            answer["Retry-After"] = str(wait)
        return answer


class Logout(auth.LogoutView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        answer = super().post(request, *args, **kwargs)
        messages.success(request, _("You are logged out."))
        return answer


class ChangePassword(auth.PasswordChangeView):
    template_name = "registration/password_change_form.html"
    success_url = reverse_lazy("home")

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return super().get_context_data(**kwargs, crumbs=[(_("Change password"), None)])

    def form_valid(self, form: auth_forms.PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password is changed."))
        sign_ins.tell("account.password_changed", self.request.user)
        return super().form_valid(form)


class Invitation(auth.PasswordResetConfirmView):
    """The first password of somebody who was invited; the link works once, for three days."""

    template_name = "registration/invitation.html"
    success_url = reverse_lazy("home")
    post_reset_login = True
    post_reset_login_backend = "django.contrib.auth.backends.ModelBackend"

    def get_user(self, uidb64: str) -> Any:
        """Never a way into an account that has been used."""
        user = super().get_user(uidb64)
        return None if user is None or user.has_usable_password() else user

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Welcome! Your password is set."))
        return super().form_valid(form)


def admin_login(request: HttpRequest) -> HttpResponse:
    """Send a visitor to the one login; tell someone without the right, instead of going round."""
    if request.user.is_authenticated:
        raise PermissionDenied(_("This part is for administrators. Ask one of them for access."))
    return redirect_to_login(request.GET.get("next", "/admin/"))
