"""Brands, members and API keys in the admin; a key's secret is shown once, its hash never."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from brands import keys
from brands.models import ApiKey, Brand, Membership
from brands.rights import Right


class SuperusersOnly:
    """The admin looks across brands and hands out access: staff permissions do not open it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_superuser(request)

    @staticmethod
    def _is_superuser(request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


class MembershipInline(SuperusersOnly, admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields: ClassVar = ["user"]


@admin.register(Brand)
class BrandAdmin(SuperusersOnly, admin.ModelAdmin):
    list_display = ("name", "slug", "time_zone", "currency", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    readonly_fields = ("uuid", "created_at")
    fields = ("name", "slug", "time_zone", "currency", "is_active", "uuid", "created_at")
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(SuperusersOnly, admin.ModelAdmin):
    list_display = ("user", "brand", "role", "created_at")
    list_filter = ("brand", "role")
    list_select_related = ("user", "brand")
    search_fields = ("user__username", "brand__name")
    autocomplete_fields = ("user", "brand")


class NewApiKeyForm(forms.ModelForm):
    class Meta:
        model = ApiKey
        fields = ("user", "brand", "name", "right", "expires_at")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        user, brand = cleaned.get("user"), cleaned.get("brand")
        if not (user and brand) or user.is_superuser:
            return cleaned
        if not Membership.objects.filter(user=user, brand=brand).exists():
            self.add_error("user", _("This user is no member of the brand."))
        return cleaned


@admin.register(ApiKey)
class ApiKeyAdmin(SuperusersOnly, admin.ModelAdmin):
    """Keys are made and revoked; nothing of one is ever changed."""

    form = NewApiKeyForm
    list_display = (
        "name",
        "prefix",
        "user",
        "brand",
        "right",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_filter = ("brand", "right")
    list_select_related = ("user", "brand")
    search_fields = ("name", "prefix", "user__username")
    autocomplete_fields = ("user", "brand")
    actions = ("revoke_keys",)
    exclude = ("digest",)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        made = () if obj is None else ("prefix", "created_at", "last_used_at", "revoked_at")
        return (*NewApiKeyForm.Meta.fields, *made)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return () if obj is None else self.get_fields(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False  # a revoked key stays, so that what it did can be traced to it

    def save_model(
        self, request: HttpRequest, obj: ApiKey, form: forms.ModelForm, change: bool
    ) -> None:
        if change:
            return
        new = keys.issue(
            user=obj.user,
            brand=obj.brand,
            name=obj.name,
            right=Right(obj.right),
            expires_at=obj.expires_at,
        )
        obj.pk, obj.prefix = new.key.pk, new.key.prefix
        self.message_user(
            request,
            _("Copy the key now, it is shown this once: %(token)s") % {"token": new.token},
            messages.WARNING,
        )

    @admin.action(description=gettext_lazy("Revoke the chosen keys"))
    def revoke_keys(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = sum(keys.revoke(key) for key in queryset)
        self.message_user(request, _("%(count)s keys are revoked.") % {"count": count})
