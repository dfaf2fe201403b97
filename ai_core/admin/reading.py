"""What the admin pages of the core share: who may look, at which rows, and how JSON is shown."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from brands.asking import access_of

MOST_ROWS = 10_000
LONGEST_JSON = 50_000


class CappedPaginator(Paginator):
    """Counts no further than people page: a full count of a big table takes seconds."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return len(rows.order_by().values_list("pk", flat=True)[:MOST_ROWS])


class ReadOnly(admin.ModelAdmin):
    """Rows that the hub itself writes: nobody adds, edits or deletes them by hand."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    actions_on_bottom = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SuperusersOnly(admin.ModelAdmin):
    """What concerns all brands: types, queues, processes."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BrandRows(admin.ModelAdmin):
    """Rows of the brand that is asking: a superuser's choice, or the one brand of a member.

    Staff also need Django's own permission to look; without a brand there are no rows.
    """

    brand_filters: tuple[str, ...] = ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access_of(request).can_read and super().has_view_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).for_brand(access_of(request).scope)  # type: ignore[attr-defined]

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Only who sees several brands chooses among them: the choices name them all."""
        filters = super().get_list_filter(request)
        if access_of(request).brand is None:
            return filters
        return [one for one in filters if one not in self.brand_filters]


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def pretty(value: Any) -> SafeString:
    """Show JSON as people read it; a very long one is cut."""
    if value in (None, {}, []):
        return format_html("{}", "–")
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if len(text) > LONGEST_JSON:
        text = text[:LONGEST_JSON] + " …"
    return format_html('<pre class="json">{}</pre>', text)
