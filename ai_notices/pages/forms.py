"""The form of a webhook, as managers fill it in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ai_notices import kinds
from ai_notices.models import Webhook
from brands.errors import DomainError


class WebhookForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    shape = forms.ChoiceField(
        label=_("What it takes"),
        choices=Webhook.Shape,
        help_text=_("Slack's shape is also understood by Mattermost and others."),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        help_text=_("Public, https if possible. Redirects are not followed."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of Slack messages. Signed ones are for programs."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("What it is told"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, hook: Webhook | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = list(kinds.titles().items())  # type: ignore[attr-defined]
        if hook is not None:
            del self.fields["shape"]
            if hook.shape == Webhook.Shape.SLACK:
                self.fields["url"].required = False
                self.fields["url"].help_text = _("A secret: empty, it stays what it is.")
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    def refused(self, error: DomainError) -> None:
        for name, problems in error.errors.items():
            self.add_error(name if name in self.fields else None, problems)
        if not error.errors:
            self.add_error(None, str(error))
