"""What the brand is called, where it lives, and which currency it thinks in."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brands.access import Access
from brands.audit import trail
from brands.models import Brand
from brands.pages.reading import for_readers
from brands.pages.settings import settings_facts, shown


class BrandForm(forms.ModelForm):
    class Meta:
        model = Brand
        fields = ("name", "time_zone", "currency")
        labels: ClassVar = {
            "name": gettext_lazy("Name"),
            "time_zone": gettext_lazy("Time zone"),
            "currency": gettext_lazy("Currency"),
        }
        help_texts: ClassVar = {
            "time_zone": gettext_lazy(
                "Days and months of usage and quotas begin there at midnight."
            ),
            "currency": gettext_lazy(
                "For your invoices. Usage and quotas stay in the currency of the price lists."
            ),
        }
        widgets: ClassVar = {
            "time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
            "currency": forms.TextInput(attrs={"maxlength": 3, "autocomplete": "off"}),
        }


@transaction.atomic
def _save(form: BrandForm) -> None:
    changes = trail.differences(form.initial, form.cleaned_data)
    form.save()
    if changes:
        trail.record("brand.changed", on=form.instance, changes=changes)


@for_readers
def brand_page(request: HttpRequest, access: Access) -> HttpResponse:
    facts = settings_facts(access, _("Brand"))
    if access.brand is not None:
        # The form writes on its row: another copy, so that a refused name is shown nowhere else.
        row = Brand.objects.get(pk=access.brand.pk)
        form = BrandForm(request.POST or None, instance=row)
        if request.method == "POST":
            access.must_manage()
            if form.is_valid():
                _save(form)
                messages.success(request, _("The brand is saved."))
                return HttpResponseRedirect(reverse("settings-brand"))
        facts |= {
            "form": form,
            "zones": sorted(available_timezones()) if access.can_manage else [],
            "admin_url": reverse("admin:brands_brand_change", args=[access.brand.pk])
            if access.is_superuser
            else "",
        }
    status = 400 if access.brand is not None and facts["form"].errors else 200
    return shown(request, "brands/brand.html", facts, status=status)
