"""Providers, limits and prices in the admin. A key is entered, and never shown."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ai_providers import administration, credentials
from ai_providers.models import ModelPrice, Provider, ProviderCall, ProviderQuota, QuotaUse
from brands.admin import SuperusersOnly
from brands.errors import DomainError


class ProviderForm(forms.ModelForm):
    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to keep the key as it is."),
    )

    class Meta:
        model = Provider
        fields = (
            "brand",
            "name",
            "kind",
            "base_url",
            "is_active",
            "model_names",
            "position",
            "max_concurrency",
            "requests_per_minute",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        key = cleaned.get("api_key") or None
        before = Provider.objects.filter(pk=self.instance.pk).first()
        moved = before is not None and before.base_url != cleaned.get("base_url")
        if moved and before is not None and before.sealed_key and not key:
            raise ValidationError({"api_key": _("The address has changed: enter the key again.")})
        if before is not None and cleaned.get("brand") not in (None, before.brand) and not key:
            raise ValidationError({"api_key": _("The brand has changed: enter the key again.")})
        return cleaned


@admin.register(Provider)
class ProviderAdmin(SuperusersOnly, admin.ModelAdmin):
    form = ProviderForm
    list_display = (
        "name", "brand", "kind", "is_active", "position", "key_last4", "checked_at", "check_ok",
    )  # fmt: skip
    list_filter = ("brand", "kind", "is_active")
    list_select_related = ("brand",)
    search_fields = ("name", "base_url")
    readonly_fields = ("key_last4", "key_changed_at", "checked_at", "check_ok", "check_says")
    actions = ("check_chosen",)

    def save_model(
        self, request: HttpRequest, obj: Provider, form: forms.ModelForm, change: bool
    ) -> None:
        key = form.cleaned_data.get("api_key")
        if key:
            credentials.seal(obj, key)
        obj.save()

    @admin.action(description=_("Call the chosen providers and see what works"))
    def check_chosen(self, request: HttpRequest, queryset: Any) -> None:
        for provider in queryset[:20]:
            try:
                found = administration.check(provider)
            except DomainError as error:
                found = {"detail": str(error)}
            self.message_user(request, f"{provider.name}: {found['detail']}")


class QuotaUseInline(SuperusersOnly, admin.TabularInline):
    model = QuotaUse
    extra = 0
    fields = readonly_fields = ("period_start", "used", "held")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ProviderQuota)
class ProviderQuotaAdmin(SuperusersOnly, admin.ModelAdmin):
    list_display = ("brand", "provider", "unit", "limit", "mode", "is_active")
    list_filter = ("brand", "unit", "mode")
    list_select_related = ("brand", "provider")
    inlines = (QuotaUseInline,)
    fields = ("brand", "provider", "unit", "limit", "mode", "is_active")


@admin.register(ModelPrice)
class ModelPriceAdmin(SuperusersOnly, admin.ModelAdmin):
    list_display = (
        "model", "provider", "only_for", "input_per_million", "output_per_million", "valid_from",
    )  # fmt: skip
    list_filter = ("provider", "only_for")
    search_fields = ("model", "provider")


@admin.register(ProviderCall)
class ProviderCallAdmin(SuperusersOnly, admin.ModelAdmin):
    """What was asked of whom, to read only."""

    list_display = (
        "started_at", "provider_name", "model", "status", "reason", "absorbed", "cost",
    )  # fmt: skip
    list_filter = ("status", "brand")
    search_fields = ("provider_name", "model")
    date_hierarchy = "started_at"
    ordering: ClassVar = ["-id"]
    raw_id_fields = ("job",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
