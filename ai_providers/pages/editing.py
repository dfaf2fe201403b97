"""Adding, changing, switching off and removing a provider, and its key: for managers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ai_providers import administration
from ai_providers.models import Provider
from ai_providers.pages.forms import ProviderForm
from ai_providers.pages.providers import provider_of
from brands.access import Access
from brands.errors import DomainError
from brands.pages.reading import for_managers
from brands.sign_in.proof import asks_for_proof


@asks_for_proof
@for_managers
def new_provider(request: HttpRequest, access: Access) -> HttpResponse:
    provider = Provider(brand=access.brand_to_create_in())
    form = ProviderForm(request.POST or None, provider=provider)
    facts = {
        "crumbs": [(_("Providers"), reverse("providers")), (_("Add a provider"), None)],
        "access": access,
        "back": reverse("providers"),
    }
    return _edited(request, form, facts, said=_("%(name)s is added. Check now whether it works."))


@asks_for_proof
@for_managers
def edit_provider(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    provider = provider_of(access, number)
    here = reverse("provider", args=[number])
    facts = {
        "crumbs": [
            (_("Providers"), reverse("providers")), (provider.name, here), (_("Change"), None),
        ],
        "access": access,
        "provider": provider,
        "title": provider.name,
        "back": here,
        "admin_url": reverse("admin:ai_providers_provider_change", args=[number])
        if access.is_superuser
        else "",
    }  # fmt: skip
    if request.method != "POST":
        return render(
            request, "ai_providers/edit.html", {**facts, "form": ProviderForm.of(provider)}
        )
    form = ProviderForm(request.POST, provider=provider)
    return _edited(request, form, facts, said=_("%(name)s is saved."))


def _edited(
    request: HttpRequest, form: ProviderForm, facts: dict[str, Any], *, said: str
) -> HttpResponse:
    if form.is_bound and form.is_valid() and (saved := form.saved()):
        messages.success(request, said % {"name": saved.name})
        return HttpResponseRedirect(reverse("provider", args=[saved.pk]))
    for name in form.errors:
        if name in form.fields:
            form.fields[name].widget.attrs["aria-invalid"] = "true"
    status = 400 if form.errors else 200
    return render(request, "ai_providers/edit.html", {**facts, "form": form}, status=status)


@require_POST
@asks_for_proof
@for_managers
def change_key(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Replace the key, or with an empty one remove it."""
    provider = provider_of(access, number)
    key = request.POST.get("api_key", "").strip()
    here = HttpResponseRedirect(reverse("provider", args=[number]))
    if not key and request.POST.get("action") != "remove":
        messages.error(request, _("Enter the new key."))
        return here
    try:
        administration.save(provider, changes={}, api_key=key[:1000])
    except DomainError as error:
        messages.error(request, next(iter(error.errors.values()), [str(error)])[0])
        return here
    said = _("The key is replaced. Check whether it works.") if key else _("The key is removed.")
    messages.success(request, said)
    return here


@require_POST
@for_managers
def switch_provider(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    provider = provider_of(access, number)
    on = request.POST.get("on") == "1"
    try:
        administration.save(provider, changes={"is_active": on}, api_key=None)
    except DomainError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("provider", args=[number]))
    said = _("%(name)s is asked again.") if on else _("%(name)s is no longer asked.")
    messages.success(request, said % {"name": provider.name})
    return HttpResponseRedirect(reverse("provider", args=[number]))


@require_POST
@for_managers
def remove_provider(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    provider = provider_of(access, number)
    name = provider.name
    administration.remove(provider)
    messages.success(
        request, _("%(name)s is removed with its key and its limits.") % {"name": name}
    )
    return HttpResponseRedirect(reverse("providers"))
