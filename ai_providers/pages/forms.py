"""The form of a provider: what a manager types, turned into what `administration` saves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ai_providers import administration
from ai_providers.models import Provider
from ai_providers.models.providers import NAME, KindName
from brands.errors import DomainError

NAMES = {"model_names": "models", "position": "order"}


class ProviderForm(forms.Form):
    """`api_key` is there for a new provider, and where the address moves."""

    name = forms.RegexField(
        NAME,
        label=_("Name"),
        max_length=60,
        error_messages={"invalid": _("Use small letters, digits, dots and hyphens.")},
        help_text=_("Jobs name it: acme/m-1 asks acme for its model m-1."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=KindName)
    base_url = forms.CharField(
        label=_("Address"),
        max_length=500,
        required=False,
        help_text=_("Empty: the kind's own. OpenAI-compatible ones need theirs, with /v1."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    api_key = forms.CharField(
        label=_("API key"),
        max_length=1000,
        required=False,
        help_text=_("Written, never read again: only its last four characters are shown."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    models = forms.CharField(
        label=_("Models"),
        required=False,
        help_text=_("One a line, the usual one first. Empty: any, as provider/model."),
        widget=forms.Textarea(attrs={"rows": 4, "class": "is-code", "spellcheck": "false"}),
    )
    order = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=32_767,
        initial=100,
        help_text=_("Of several that have a model, the lowest is asked first."),
    )
    max_concurrency = forms.IntegerField(
        label=_("Calls at once"), min_value=1, max_value=100_000, required=False
    )
    requests_per_minute = forms.IntegerField(
        label=_("Calls a minute"), min_value=1, max_value=1_000_000, required=False
    )

    def __init__(self, *args: Any, provider: Provider, **kwargs: Any) -> None:
        self.provider = provider
        super().__init__(*args, **kwargs)
        if provider.pk and provider.sealed_key:
            self.fields["api_key"].help_text = _("Only where the address changes; else it stays.")
        for name in self.errors:
            self.fields[name].widget.attrs["aria-invalid"] = "true"

    @classmethod
    def of(cls, provider: Provider) -> ProviderForm:
        return cls(
            provider=provider,
            initial={
                "name": provider.name,
                "kind": provider.kind,
                "base_url": provider.base_url,
                "models": "\n".join(provider.model_names),
                "order": provider.position,
                "max_concurrency": provider.max_concurrency,
                "requests_per_minute": provider.requests_per_minute,
            },
        )

    def clean_models(self) -> list[str]:
        names = [line.strip() for line in self.cleaned_data["models"].splitlines()]
        names = list(dict.fromkeys(name for name in names if name))
        if len(names) > 500 or any(len(name) > 200 for name in names):
            raise forms.ValidationError(_("At most 500 models, each of at most 200 characters."))
        return names

    def saved(self) -> Provider | None:
        """Save, or put what stands against it beside the fields."""
        given = dict(self.cleaned_data)
        key = given.pop("api_key") or None
        columns = {theirs: ours for ours, theirs in NAMES.items()}
        changes = {columns.get(name, name): value for name, value in given.items()}
        try:
            return administration.save(self.provider, changes=changes, api_key=key)
        except DomainError as error:
            for name, problems in error.errors.items():
                field = NAMES.get(name, name)
                self.add_error(field if field in self.fields else None, problems)
            if not error.errors:
                self.add_error(None, str(error))
        return None
