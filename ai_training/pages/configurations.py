"""Training configurations: three presets, and the brand's own (LST-10)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ai_training import catalogue
from ai_training.models import TrainingConfiguration
from ai_training.models.catalogue import Preset
from ai_training.pages import figures
from ai_training.pages.forms import ConfigurationForm
from ai_training.presets import PRESETS, hyperparameters_of
from brands.access import Access
from brands.errors import DomainError, NotFound
from brands.pages.reading import for_readers

MOST = 300
SHOWN = ("lora_r", "lora_alpha", "lora_dropout", "learning_rate", "epochs")
SAID = {
    Preset.CONSERVATIVE: gettext_lazy("Stays close to the base model: few rows, or mixed ones."),
    Preset.BALANCED: gettext_lazy("Where to begin when nothing speaks for another."),
    Preset.AGGRESSIVE: gettext_lazy("Learns much and may forget: many clean rows."),
}
ICONS = {Preset.CONSERVATIVE: "shield", Preset.BALANCED: "gauge", Preset.AGGRESSIVE: "zap"}


def presets() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": Preset(name).label,
            "said": SAID[Preset(name)],
            "icon": ICONS[Preset(name)],
            "settings": brief(values),
        }
        for name, values in PRESETS.items()
    ]


def brief(values: dict[str, Any]) -> list[tuple[str, str]]:
    return [(figures.setting_title(name), f"{values[name]:g}") for name in SHOWN
            if isinstance(values.get(name), int | float)]  # fmt: skip


@for_readers
def configurations_page(request: HttpRequest, access: Access) -> HttpResponse:
    rows = TrainingConfiguration.objects.for_brand(access.scope)
    rows = rows.select_related("created_by", "brand").annotate(used=Count("runs"))
    found = list(rows.order_by("name", "id")[:MOST])
    facts = {
        "crumbs": [(_("Training configurations"), None)],
        "access": access,
        "presets": presets(),
        "rows": [(one, brief(one.hyperparameters)) for one in found],
    }
    return render(request, "ai_training/configurations.html", facts)


@for_readers
def new_configuration(request: HttpRequest, access: Access) -> HttpResponse:
    brand = access.brand_to_create_in()
    preset = request.GET.get("preset", Preset.BALANCED)
    given = {"preset": preset, "hyperparameters": PRESETS.get(preset, {}), "guard_rails": {}}
    form = ConfigurationForm(request.POST or None, initial=given)
    row = TrainingConfiguration(brand=brand, created_by=access.user)
    return _edited(request, access, form, row)


@for_readers
def configuration_page(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    row = _configuration(access, number)
    if request.method == "POST":
        access.must_change(row.created_by_id)
    given = {name: getattr(row, name) for name in ConfigurationForm.base_fields}
    form = ConfigurationForm(request.POST or None, initial=given)
    if not access.can_change(row.created_by_id):
        for field in form.fields.values():
            field.disabled = True
    return _edited(request, access, form, row)


def _edited(
    request: HttpRequest,
    access: Access,
    form: ConfigurationForm,
    row: TrainingConfiguration,
) -> HttpResponse:
    here, is_new = reverse("training-configurations"), row.pk is None
    if request.method == "POST" and form.is_valid():
        wanted = dict(form.cleaned_data)
        own = wanted["hyperparameters"]
        wanted["hyperparameters"] = hyperparameters_of(wanted["preset"], own)
        try:
            catalogue.keep(row, **wanted)
        except DomainError as error:
            form.refused(error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": row.name})
            return HttpResponseRedirect(here)
    facts = {
        "crumbs": [
            (_("Training configurations"), here),
            (_("New configuration") if is_new else row.name, None),
        ],
        "access": access,
        "form": form,
        "row": row,
        "is_new": is_new,
        "may_change": access.can_change(row.created_by_id),
        "back": here,
        "remove_url": None if is_new else reverse("remove-training-configuration", args=[row.pk]),
        "title": _("New configuration") if is_new else row.name,
        "remove_text": _("Runs that used it keep the settings that they had."),
    }
    status = 400 if form.errors else 200
    return render(request, "ai_training/row_form.html", facts, status=status)


@require_POST
@for_readers
def remove_configuration(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    row = _configuration(access, number)
    access.must_change(row.created_by_id)
    catalogue.remove(row)
    messages.success(request, _("%(name)s is removed.") % {"name": row.name})
    return HttpResponseRedirect(reverse("training-configurations"))


def _configuration(access: Access, number: int) -> TrainingConfiguration:
    rows = TrainingConfiguration.objects.for_brand(access.scope)
    found = rows.select_related("created_by", "brand").filter(pk=number).first()
    if found is None:
        raise NotFound
    return found
