"""Jobs in the admin: everything can be looked at, and what is done is done by the services."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ai_core import bulk_actions
from ai_core.admin.reading import BrandRows, ReadOnly, pretty
from ai_core.bulk_actions import Verdict, Wish
from ai_core.models import AIJob, Artifact, JobStage
from brands.asking import access_of

MOST_REFUSALS = 20


class ReadOnlyRows(admin.TabularInline):
    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StageRows(ReadOnlyRows):
    model = JobStage
    fields = ("position", "name", "state", "substatus", "progress", "started_at", "ended_at")


class ArtifactRows(ReadOnlyRows):
    model = Artifact
    fields = ("name", "kind", "attempt", "size", "content_type", "is_partial", "created_at")


@admin.register(AIJob)
class JobAdmin(BrandRows, ReadOnly):
    list_display = (
        "job_id",
        "short_description",
        "job_type",
        "brand",
        "status",
        "priority",
        "progress_percentage",
        "created_by",
        "created_at",
        "completed_at",
    )
    list_filter = ("status", "priority", "failure_class", "job_type", "queue", "brand")
    brand_filters = ("brand",)
    list_select_related = ("job_type", "brand", "created_by")
    search_fields = ("=job_id", "=task_id", "description")
    search_help_text = gettext_lazy("A job's id or task id in full, or words of its description.")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    inlines = (StageRows, ArtifactRows)
    actions = ("cancel", "retry", "restart", "promote", "pause", "resume", "submit", "delete")
    fieldsets: ClassVar = (
        (None, {"fields": (
            "job_id", "job_type", "brand", "created_by", "description", "tags", "release",
            "origin", "origin_kind", "records",
        )}),
        (gettext_lazy("State"), {"fields": (
            "status", "priority", "progress_percentage", "stage", "substatus", "error_message",
            "error_code", "failure_class", "cancel_reason", "cancel_notes", "created_at",
            "started_at", "completed_at", "active_seconds",
        )}),
        (gettext_lazy("Content"), {"fields": ("input_data", "result_data", "checkpoint", "usage")}),
        (gettext_lazy("Execution"), {"fields": (
            "queue", "queue_rank", "run_after", "due", "waits_for", "timeout_seconds",
            "deadline_at", "stop_requested", "attempt", "failures", "losses", "leased_by",
            "lease_expires_at", "is_async", "task_id",
        )}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AIJob]:
        jobs: Any = super().get_queryset(request)
        is_page = bool(request.resolver_match and request.resolver_match.kwargs.get("object_id"))
        names = ("data", "queue", "release", "origin", *self.list_select_related)
        return jobs.select_related(*names) if is_page else jobs

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """A viewer looks and does nothing."""
        access = access_of(request)
        able = access.can_manage or (access.brand is not None and access.can_create)
        return super().get_actions(request) if able else {}

    # ------------------------------------------------------------------ what is shown
    @admin.display(description=gettext_lazy("description"))
    def short_description(self, job: AIJob) -> str:
        return job.description[:60]

    @admin.display(description=gettext_lazy("records"))
    def records(self, job: AIJob) -> SafeString:
        """Links to what may be many rows."""
        kinds = [("jobevent", _("events")), ("joblog", _("log")), ("jobmetric", _("metrics"))]
        rows = (
            (reverse(f"admin:ai_core_{model}_changelist"), job.pk, label) for model, label in kinds
        )
        return format_html_join(" · ", '<a href="{}?job__id__exact={}">{}</a>', rows)

    @admin.display(description=gettext_lazy("input"))
    def input_data(self, job: AIJob) -> SafeString:
        return pretty(job.data.input_data)

    @admin.display(description=gettext_lazy("result"))
    def result_data(self, job: AIJob) -> SafeString:
        return pretty(job.data.result_data)

    @admin.display(description=gettext_lazy("checkpoint"))
    def checkpoint(self, job: AIJob) -> SafeString:
        return pretty(job.data.checkpoint)

    @admin.display(description=gettext_lazy("usage"))
    def usage(self, job: AIJob) -> SafeString:
        return pretty(job.data.usage)

    @admin.display(description=gettext_lazy("notes on the cancellation"))
    def cancel_notes(self, job: AIJob) -> str:
        return job.data.cancel_notes

    def get_readonly_fields(self, request: HttpRequest, obj: AIJob | None = None) -> Any:
        return [name for _title, part in self.fieldsets for name in part["fields"]]

    # ------------------------------------------------------------------ what is done
    def _act(self, request: HttpRequest, jobs: QuerySet[AIJob], action: str) -> None:
        reason = "admin" if action == "cancel" else ""
        chosen = list(jobs.select_related("job_type", "brand", "queue"))
        wish = Wish(action=action, reason=reason)
        self._tell(request, bulk_actions.act(wish, chosen, access_of(request)))

    def _tell(self, request: HttpRequest, verdicts: list[Verdict]) -> None:
        done = [verdict for verdict in verdicts if verdict.done]
        refused = [verdict for verdict in verdicts if not verdict.done]
        if done:
            text = ngettext("Done for %(count)s job.", "Done for %(count)s jobs.", len(done))
            self.message_user(request, text % {"count": len(done)}, messages.SUCCESS)
        for verdict in done[:MOST_REFUSALS]:
            if verdict.new_job:
                page = reverse("admin:ai_core_aijob_change", args=[verdict.new_job["id"]])
                link = format_html('<a href="{}">{}</a>', page, verdict.new_job["job_id"])
                self.message_user(request, format_html("{} → {}", verdict.job_id, link))
        for verdict in refused[:MOST_REFUSALS]:
            self.message_user(request, f"{verdict.job_id}: {verdict.detail}", messages.WARNING)
        if len(refused) > MOST_REFUSALS:
            more = _("%(count)s more were refused.") % {"count": len(refused) - MOST_REFUSALS}
            self.message_user(request, more, messages.WARNING)

    @admin.action(description=gettext_lazy("Cancel the chosen jobs"))
    def cancel(self, request: HttpRequest, jobs: QuerySet[AIJob]) -> None:
        self._act(request, jobs, "cancel")

    @admin.action(description=gettext_lazy("Retry the chosen jobs (as new ones)"))
    def retry(self, request: HttpRequest, jobs: QuerySet[AIJob]) -> None:
        self._act(request, jobs, "retry")

    @admin.action(description=gettext_lazy("Restart the chosen jobs (as new ones)"))
    def restart(self, request: HttpRequest, jobs: QuerySet[AIJob]) -> None:
        self._act(request, jobs, "restart")

    @admin.action(description=gettext_lazy("Move the chosen jobs to the front of their queue"))
    def promote(self, request: HttpRequest, jobs: QuerySet[AIJob]) -> None:
        self._act(request, jobs, "promote")

    @admin.action(description=gettext_lazy("Pause the chosen jobs"))
    def pause(self, request: HttpRequest, jobs: QuerySet[AIJob]) -> None:
        self._act(request, jobs, "pause")

    @admin.action(description=gettext_lazy("Resume the chosen jobs"))
    def resume(self, request: HttpRequest, jobs: QuerySet[AIJob]) -> None:
        self._act(request, jobs, "resume")

    @admin.action(description=gettext_lazy("Submit the chosen drafts"))
    def submit(self, request: HttpRequest, jobs: QuerySet[AIJob]) -> None:
        self._act(request, jobs, "submit")

    @admin.action(description=gettext_lazy("Delete the chosen jobs (none that runs)"))
    def delete(self, request: HttpRequest, jobs: QuerySet[AIJob]) -> None:
        self._act(request, jobs, "delete")
