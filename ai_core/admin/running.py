"""How jobs run, in the admin: types, queues, and the processes that are alive."""

from __future__ import annotations

from functools import partial

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ai_core import bell
from ai_core.admin.reading import ReadOnly, SuperusersOnly, pretty
from ai_core.execution import registry
from ai_core.models import AIJobType, Queue, ServiceHeartbeat

# What an upgrade leaves alone once an admin has changed one of them (see registry.sync).
HOW_IT_RUNS = (
    "queue",
    "timeout_seconds",
    "max_failures",
    "max_losses",
    "retry_seconds",
    "estimated_duration_seconds",
)
SILENT_SECONDS = 30


@admin.register(AIJobType)
class JobTypeAdmin(SuperusersOnly):
    """Code brings the types along; here is decided how they run."""

    list_display = (
        "name",
        "category",
        "queue",
        "timeout_seconds",
        "max_failures",
        "is_active",
        "changed_by_admin",
    )
    list_filter = ("category", "queue", "is_active", "changed_by_admin")
    list_select_related = ("queue",)
    search_fields = ("name", "description")
    readonly_fields = (
        "name", "description", "category", "executor", "requires_async", "stages", "shown_schema",
        "changed_by_admin",
    )  # fmt: skip
    fields = (
        "name", "description", "category", "is_active", *HOW_IT_RUNS, "changed_by_admin",
        "executor", "requires_async", "stages", "shown_schema",
    )  # fmt: skip
    actions = ("take_code_values",)

    @admin.display(description=gettext_lazy("input schema"))
    def shown_schema(self, kind: AIJobType) -> SafeString:
        return pretty(kind.input_schema)

    def save_model(
        self, request: HttpRequest, obj: AIJobType, form: forms.ModelForm, change: bool
    ) -> None:
        if set(form.changed_data) & set(HOW_IT_RUNS):
            obj.changed_by_admin = True
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Let the chosen types run as their code says"))
    def take_code_values(self, request: HttpRequest, kinds: QuerySet[AIJobType]) -> None:
        with transaction.atomic():
            count = kinds.update(changed_by_admin=False)
            registry.sync()
        self.message_user(request, _("%(count)s types run as their code says.") % {"count": count})


@admin.register(Queue)
class QueueAdmin(SuperusersOnly):
    list_display = ("name", "description", "concurrency_limit", "is_paused", "updated_at")
    list_filter = ("is_paused",)
    search_fields = ("name", "description")
    fields = ("name", "description", "concurrency_limit", "is_paused", "updated_at")
    readonly_fields = ("name", "updated_at")
    actions = ("pause_queues", "resume_queues")

    def save_model(
        self, request: HttpRequest, obj: Queue, form: forms.ModelForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        self._wake([obj])

    @admin.action(description=gettext_lazy("Pause the chosen queues"))
    def pause_queues(self, request: HttpRequest, queues: QuerySet[Queue]) -> None:
        count = queues.update(is_paused=True, updated_at=timezone.now())
        text = _("%(count)s queues are paused; what runs goes on.") % {"count": count}
        self.message_user(request, text)

    @admin.action(description=gettext_lazy("Resume the chosen queues"))
    def resume_queues(self, request: HttpRequest, queues: QuerySet[Queue]) -> None:
        chosen = list(queues)
        count = queues.update(is_paused=False, updated_at=timezone.now())
        self._wake(chosen)
        self.message_user(request, _("%(count)s queues go on.") % {"count": count})

    def _wake(self, queues: list[Queue]) -> None:
        """There may be room now."""
        for queue in queues:
            transaction.on_commit(partial(bell.ring, queue.name), robust=True)


@admin.register(ServiceHeartbeat)
class ServiceAdmin(ReadOnly, SuperusersOnly):
    """Which workers and sweepers are alive, as they say themselves."""

    list_display = ("name", "kind", "is_alive", "seen_at", "started_at")
    list_filter = ("kind",)
    search_fields = ("name",)
    ordering = ("kind", "-seen_at")
    fields = ("name", "kind", "seen_at", "started_at", "shown_facts")
    readonly_fields = ("shown_facts",)

    @admin.display(description=gettext_lazy("alive"), boolean=True)
    def is_alive(self, service: ServiceHeartbeat) -> bool:
        return (timezone.now() - service.seen_at).total_seconds() < SILENT_SECONDS

    @admin.display(description=gettext_lazy("facts"))
    def shown_facts(self, service: ServiceHeartbeat) -> SafeString:
        return pretty(service.facts)
