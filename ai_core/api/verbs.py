"""What may be done to one job: a call for each verb of its life."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from ai_core import rows
from ai_core.actions import allowed
from ai_core.api import shapes
from ai_core.api.base import JobsBase, raw_json
from ai_core.api.jobs import made
from ai_core.api.requests import AgainSerializer, CancelSerializer, NothingSerializer
from ai_core.models import AIJob
from ai_core.savings import Savings, savings_of
from ai_core.sections import cost_column, money
from ai_core.services import JobService
from ai_core.statuses import JobStatus
from brands.errors import NotAllowed


class Verb(JobsBase):
    """Finds the job, asks whether the caller may, reads the body, and calls the service."""

    action: ClassVar[str]
    serializer_class: type[serializers.Serializer] = NothingSerializer

    def post(self, request: Request, id: str) -> HttpResponse:
        job = self.find(id)
        if not allowed(self.action, owner=job.created_by_id, access=self.access):
            raise NotAllowed
        form = self.serializer_class(data=request.data)
        form.is_valid(raise_exception=True)
        return self.do(job, form.validated_data)

    def do(self, job: AIJob, wanted: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError

    def done(self, message: str, job: AIJob) -> HttpResponse:
        """Answer with a sentence and the job as it is now."""
        return raw_json(f'{{"message":"{message}","job":{self.detail(job.pk).text}}}')


def _described(action: str, request: Any, responses: Any) -> Any:
    return extend_schema(
        operation_id=f"job_{action}", tags=["jobs"], request=request, responses=responses
    )


class CancelView(Verb):
    """End a job that is not over."""

    action = "cancel"
    serializer_class = CancelSerializer

    @extend_schema(
        operation_id="job_cancel",
        tags=["jobs"],
        request=CancelSerializer,
        responses=shapes.CancelledSerializer,
        examples=[shapes.CANCELLED_EXAMPLE],
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        """Cancel from draft, pending, paused or running; work that runs is stopped in seconds."""
        return super().post(request, id)

    def do(self, job: AIJob, wanted: dict[str, Any]) -> HttpResponse:
        was_running = job.status == JobStatus.RUNNING
        saved = savings_of(job, rows.details([job.pk])[0].as_dict(), user_id=self.access.user.pk)
        job = JobService.cancel_job(job.pk, user=self.access.user, **wanted)
        body = {
            "message": "Job cancelled successfully",
            "job": {
                "id": job.pk,
                "job_id": job.job_id,
                "status": job.status,
                "cancelled_at": job.completed_at,
            },
            "receipt": {
                "requested_at": job.completed_at,
                "was_running": was_running,
                "work_has_stopped": job.stopping_until is None,
                "slot_free_by": job.stopping_until,
                "executed_seconds": round(job.active_seconds, 3),
                "reason": job.cancel_reason,
                **_money(job, saved),
            },
        }
        return raw_json(rows.json_text(body))


def _money(job: AIJob, saved: Savings) -> dict[str, Any]:
    """What it has cost, and what stopping has saved; unknown is null, no prices: no keys."""
    column = cost_column()
    if column is None or not saved.shown:
        return {}
    return {
        "spent": money(column.of_jobs([job.pk]).get(job.pk)),
        "saved_at_least": money(saved.low),
        "saved_at_most": money(saved.high),
        "saving_is_projected": saved.is_projected,
    }


class SubmitView(Verb):
    """Send a draft on its way."""

    action = "submit"

    @_described("submit", NothingSerializer, shapes.DoneSerializer)
    def post(self, request: Request, id: str) -> HttpResponse:
        """Check a draft once more and put it into its queue."""
        return super().post(request, id)

    def do(self, job: AIJob, wanted: dict[str, Any]) -> HttpResponse:
        return self.done("Job submitted", JobService.submit_job(job, user=self.access.user))


class PauseView(Verb):
    """Stop a job at a checkpoint."""

    action = "pause"

    @_described("pause", NothingSerializer, shapes.DoneSerializer)
    def post(self, request: Request, id: str) -> HttpResponse:
        """Ask a running job to save a checkpoint and to free its slot."""
        return super().post(request, id)

    def do(self, job: AIJob, wanted: dict[str, Any]) -> HttpResponse:
        return self.done("Pause requested", JobService.pause_job(job.pk, user=self.access.user))


class ResumeView(Verb):
    """Go on from the checkpoint."""

    action = "resume"

    @_described("resume", NothingSerializer, shapes.DoneSerializer)
    def post(self, request: Request, id: str) -> HttpResponse:
        """Put a paused job back into its queue; it goes on from its checkpoint."""
        return super().post(request, id)

    def do(self, job: AIJob, wanted: dict[str, Any]) -> HttpResponse:
        return self.done("Job resumed", JobService.resume_job(job.pk, user=self.access.user))


class PromoteView(Verb):
    """Move a job to the front of its queue."""

    action = "promote"

    @_described("promote", NothingSerializer, shapes.DoneSerializer)
    def post(self, request: Request, id: str) -> HttpResponse:
        """To the front of its queue; for managers."""
        return super().post(request, id)

    def do(self, job: AIJob, wanted: dict[str, Any]) -> HttpResponse:
        return self.done("Job promoted", JobService.promote_job(job, user=self.access.user))


class RetryView(Verb):
    """Try a job that ended badly once more."""

    action = "retry"
    serializer_class = AgainSerializer

    @_described("retry", AgainSerializer, {201: shapes.JobSerializer})
    def post(self, request: Request, id: str) -> HttpResponse:
        """A failed, cancelled or timed-out job goes again, as a new job that points to it."""
        return super().post(request, id)

    def do(self, job: AIJob, wanted: dict[str, Any]) -> HttpResponse:
        again = JobService.retry_job(job, user=self.access.user, **wanted)
        return made(again, self.request)


class RestartView(Verb):
    """Run an identical job."""

    action = "restart"
    serializer_class = AgainSerializer

    @_described("restart", AgainSerializer, {201: shapes.JobSerializer})
    def post(self, request: Request, id: str) -> HttpResponse:
        """Run an identical job, whatever became of this one."""
        return super().post(request, id)

    def do(self, job: AIJob, wanted: dict[str, Any]) -> HttpResponse:
        again = JobService.restart_job(job, user=self.access.user, **wanted)
        return made(again, self.request)
