"""Django admin with a trail: whatever is registered, its changes are written down."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest

from brands.audit import circumstances, trail
from brands.sign_in.proof import asks_for_proof

MOST_NAMED = 50


class AuditedAdmin(admin.ModelAdmin):
    """Leaves an entry for what was added, changed, deleted or acted on, unless a service did."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, dict[str, list[str]]]]:
        request._audit_changes = _changes(form, formsets or [])  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._leave_entry("added", request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._leave_entry("changed", request, obj, said=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> Any:
        for obj in queryset:
            self._leave_entry("removed", request, obj)
        return super().log_deletions(request, queryset)

    def response_action(  # type: ignore[override]
        self, request: HttpRequest, queryset: QuerySet, **where: Any
    ) -> Any:
        told = len(circumstances.of(request).told)
        answer = super().response_action(request, queryset, **where)
        name = request.POST.get("action", "")
        if name in self.get_actions(request) and len(circumstances.of(request).told) == told:
            chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
            facts = {"did": name, "count": len(chosen), "numbers": chosen[:MOST_NAMED]}
            trail.record(f"{self._kind_in_trail()}.acted_on", changes=facts)
        return answer

    def _kind_in_trail(self) -> str:
        return _KINDS.get(self.model._meta.label_lower, self.model._meta.model_name or "")

    def _leave_entry(self, done: str, request: HttpRequest, obj: Any, said: Any = None) -> None:
        now = circumstances.of(request)
        if (self._kind_in_trail(), str(obj.pk)) in now.told:
            return
        changes = getattr(request, "_audit_changes", None) or {}
        if not changes and isinstance(said, str):
            changes = {"said": said}  # Django's own sentence, as for a password
        trail.record(f"{self._kind_in_trail()}.{done}", on=obj, changes=changes)


# What services call their things, where it is not the model's name.
_KINDS = {
    "brands.apikey": "api_key",
    "brands.membership": "member",
    "auth.user": "person",
    "ai_core.aijob": "job",
    "ai_core.aijobtype": "job_type",
    "ai_core.ovhkey": "ovh_key",
    "ai_core.retentionrule": "retention",
    "ai_training.trainingconfiguration": "training_configuration",
    "ai_training.computeoffer": "compute_offer",
    "ai_providers.providerquota": "quota",
    "ai_providers.modelprice": "price",
}


def _changes(form: Any, formsets: Any) -> dict[str, Any]:
    before = {name: form.get_initial_for_field(form.fields[name], name)
              for name in form.changed_data if name in form.fields}  # fmt: skip
    after = {name: form.cleaned_data.get(name) for name in form.changed_data}
    found: dict[str, Any] = trail.differences(before, after)
    for each in formsets:
        lines = [f"+ {row}" for row in each.new_objects]
        lines += [f"~ {row}: {', '.join(names)}" for row, names in each.changed_objects]
        lines += [f"- {row}" for row in each.deleted_objects]
        if lines:
            found[str(each.model._meta.model_name)] = lines
    return found


# Who changes these gives out what opens doors: keys, secrets, roles, accounts.
_OPENS_DOORS = {
    "auth.user", "auth.group", "brands.brand", "brands.membership", "brands.apikey",
    "ai_providers.provider",
}  # fmt: skip


class AuditedSite(admin.AdminSite):
    """Registers every admin with `AuditedAdmin` in front, those of other packages too.

    What opens doors asks for a fresh proof, as the pages do.
    """

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        model = getattr(getattr(view, "__self__", None), "model", None)
        if model is not None and model._meta.label_lower in _OPENS_DOORS:
            view = asks_for_proof(view)
        return super().admin_view(view, cacheable)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        plain = admin_class or admin.ModelAdmin
        if not issubclass(plain, AuditedAdmin):
            plain = type(plain.__name__, (AuditedAdmin, plain), {"__module__": plain.__module__})
        super().register(model_or_iterable, plain, **options)
