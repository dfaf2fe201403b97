"""Compute offers: where trainings can run, and what an hour costs there. Managers enter them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ai_training import catalogue
from ai_training.models import ComputeOffer
from ai_training.pages.forms import OfferForm
from brands.access import Access
from brands.errors import DomainError, NotFound
from brands.pages.reading import for_managers, for_readers

MOST = 300


@for_readers
def offers_page(request: HttpRequest, access: Access) -> HttpResponse:
    rows = ComputeOffer.objects.for_brand(access.scope).select_related("brand")
    facts = {
        "crumbs": [(_("Compute offers"), None)],
        "access": access,
        "rows": list(rows.annotate(used=Count("runs")).order_by("name", "id")[:MOST]),
        "may_change": access.brand is not None and access.can_manage,
    }
    return render(request, "ai_training/offers.html", facts)


@for_managers
def new_offer(request: HttpRequest, access: Access) -> HttpResponse:
    row = ComputeOffer(brand=access.brand_to_create_in(), created_by=access.user)
    return _edited(request, access, OfferForm(request.POST or None), row)


@for_managers
def offer_page(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    row = _offer(access, number)
    given = {name: getattr(row, name) for name in OfferForm.base_fields}
    return _edited(request, access, OfferForm(request.POST or None, initial=given), row)


def _edited(
    request: HttpRequest, access: Access, form: OfferForm, row: ComputeOffer
) -> HttpResponse:
    here, is_new = reverse("compute-offers"), row.pk is None
    if request.method == "POST" and form.is_valid():
        try:
            catalogue.keep(row, **form.cleaned_data)
        except DomainError as error:
            form.refused(error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": row.name})
            return HttpResponseRedirect(here)
    title = _("New compute offer") if is_new else row.name
    facts = {
        "crumbs": [(_("Compute offers"), here), (title, None)],
        "access": access,
        "form": form,
        "row": row,
        "is_new": is_new,
        "may_change": True,
        "back": here,
        "remove_url": None if is_new else reverse("remove-compute-offer", args=[row.pk]),
        "title": title,
        "remove_text": _("Runs that used it keep the rate that was agreed with them."),
    }
    status = 400 if form.errors else 200
    return render(request, "ai_training/row_form.html", facts, status=status)


@require_POST
@for_managers
def remove_offer(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    row = _offer(access, number)
    catalogue.remove(row)
    messages.success(request, _("%(name)s is removed.") % {"name": row.name})
    return HttpResponseRedirect(reverse("compute-offers"))


def _offer(access: Access, number: int) -> ComputeOffer:
    found = ComputeOffer.objects.for_brand(access.scope).select_related("brand").filter(pk=number)
    row = found.first()
    if row is None:
        raise NotFound
    return row
