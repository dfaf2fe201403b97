"""The forms of datasets, configurations and compute offers, as people fill them in."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ai_core import inputs
from ai_training.job_types import GUARD_RAILS
from ai_training.models import ComputeOffer, Dataset
from ai_training.models.catalogue import Preset
from brands.errors import DomainError

LARGEST = 10**9
_CODE = {"class": "is-code", "spellcheck": "false"}
NAME_HINT = _("Chosen by it; the brand has it once.")


class NamedForm(forms.Form):
    """A row that people choose by its name; what stands against it lands beside its field."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=NAME_HINT)
    description = forms.CharField(label=_("Description"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    def refused(self, error: DomainError) -> None:
        for name, problems in error.errors.items():
            self.add_error(name if name in self.fields else None, problems)
        if not error.errors:
            self.add_error(None, str(error))


class DatasetForm(NamedForm):
    """Either a file, or where one lies."""

    format = forms.ChoiceField(label=_("Format"), choices=Dataset.Format)
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("UTF-8. JSON Lines: one object a line. CSV: the first line names the columns."),
        widget=forms.FileInput(attrs={"accept": ".jsonl,.json,.csv,.txt"}),
    )
    reference = forms.CharField(
        label=_("Or its address"),
        max_length=500,
        required=False,
        help_text=_("Where a runner finds it, such as s3://…; the hub never opens this address."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("file")) == bool(given.get("reference")):
            self.add_error("file", _("Choose a file or give an address, one of them."))
        return given


class _JsonField(forms.CharField):
    """An object, written as JSON."""

    widget = forms.Textarea(attrs={**_CODE, "rows": 12})

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)

    def clean(self, value: Any) -> dict[str, Any]:
        text = super().clean(value).strip()
        try:
            found = json.loads(text) if text else {}
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is not JSON: %(error)s.") % {"error": error}
            ) from None
        if not isinstance(found, dict) or "\\u0000" in json.dumps(found):
            raise forms.ValidationError(_("Write one object: {…}."))
        return found


class ConfigurationForm(NamedForm):
    preset = forms.ChoiceField(
        label=_("Begins with"),
        choices=Preset,
        help_text=_("What the preset says counts where nothing else is written below."),
    )
    base_model = forms.CharField(label=_("Base model"), max_length=200, required=False)
    hyperparameters = _JsonField(label=_("Hyperparameters"), required=False)
    guard_rails = _JsonField(
        label=_("Guard rails"),
        required=False,
        help_text=_(
            "max_cost, nan_loss, rising_validation, stalled, each with an action: warn, pause or"
            " cancel."
        ),
        widget=forms.Textarea(attrs={**_CODE, "rows": 5}),
    )
    is_active = forms.BooleanField(label=_("Can be chosen"), required=False, initial=True)

    def clean_guard_rails(self) -> dict[str, Any]:
        given = self.cleaned_data["guard_rails"]
        found = inputs.problems(GUARD_RAILS, given)
        if found:
            raise forms.ValidationError([f"{path}: {said[0]}" for path, said in found.items()])
        return given


class OfferForm(NamedForm):
    provider = forms.CharField(label=_("Provider"), max_length=60, required=False)
    region = forms.CharField(label=_("Region"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=ComputeOffer.Kind)
    model = forms.CharField(
        label=_("Model"), max_length=80, required=False, help_text=_("Such as A100.")
    )
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=10_000, initial=1)
    memory_gb = forms.IntegerField(
        label=_("Memory (GB)"), min_value=1, max_value=LARGEST, required=False
    )
    hourly_rate = forms.DecimalField(
        label=_("Dollars an hour"),
        min_value=0,
        max_digits=14,
        decimal_places=6,
        required=False,
        help_text=_("Of all of them together. Empty: not known, and so is what runs cost."),
    )
    pricing = forms.ChoiceField(
        label=_("Pricing"), choices=ComputeOffer.Pricing, initial=ComputeOffer.Pricing.ON_DEMAND
    )
    is_active = forms.BooleanField(label=_("Can be chosen"), required=False, initial=True)
