"""`/api/jobs…` of the older system: the hub's jobs, of which a plain member sees their own."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from ai_core.api import records, shapes, verbs
from ai_core.api.base import JobsBase, raw_json
from ai_core.api.filters import LST_NAMES, canonical, narrowed
from ai_core.api.pagination import JobPage
from ai_core.api.requests import CancelSerializer
from ai_core.doors.live import LiveToo
from brands.errors import Invalid

_TAG = "older doors"
# The older system's word → ours.
_WORDS = {"release_id": "release", "user_id": "created_by"}
_LIST_PARAMETERS = [
    OpenApiParameter("release_id", int, description="Number of a release."),
    OpenApiParameter("user_id", int, description="Number of a user: whose jobs."),
    *shapes.LIST_PARAMETERS,
]


def page_of_jobs(jobs: QuerySet, request: Request, view: JobsBase) -> HttpResponse:
    """Answer with a page of jobs; the query may be in the older system's words."""
    asked = _in_our_words(request.query_params)
    jobs = narrowed(jobs, asked, view.access.brand, extra=LST_NAMES)
    # Narrowed by owner or release already, so the sums of the brand do not count it.
    return JobPage(jobs, canonical(asked), request, scope=None).answer()


def _in_our_words(query: QueryDict) -> QueryDict:
    if not any(word in query for word in _WORDS):
        return query
    found = query.copy()
    for word, ours in _WORDS.items():
        if word in found:
            if ours in found:
                raise Invalid(
                    _("Send %(one)s or %(other)s, not both.") % {"one": word, "other": ours},
                    errors={word: [_("Send one of them.")]},
                )
            found.setlist(ours, found.pop(word))
    return found


class OwnUnlessManager:
    """A manager sees all of the brand's jobs here, everybody else only their own (JOB-05)."""

    def get_queryset(self) -> Any:
        found = super().get_queryset()  # type: ignore[misc]
        access = self.access  # type: ignore[attr-defined]
        if getattr(self, "swagger_fake_view", False) or access.can_manage:
            return found
        return found.filter(created_by=access.user.pk)


class JobsDoor(OwnUnlessManager, JobsBase):
    """The list."""

    @extend_schema(
        operation_id="older_jobs_list",
        tags=[_TAG],
        parameters=_LIST_PARAMETERS,
        responses=shapes.JobPageSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Your own jobs, for a manager all of the brand's; filters as for `/ai/jobs/`."""
        return page_of_jobs(self.get_queryset(), request, self)


class JobDoor(OwnUnlessManager, JobsBase):
    """One job."""

    @extend_schema(operation_id="older_job_get", tags=[_TAG], responses=shapes.JobDetailSerializer)
    def get(self, request: Request, id: str) -> HttpResponse:
        """Everything that is known of it, as `/ai/jobs/{id}/` says it."""
        return raw_json(self.detail(self.number_of(id)).text)


class StatusDoor(OwnUnlessManager, records.StatusView):
    """Its status."""

    @extend_schema(
        operation_id="older_job_status",
        tags=[_TAG],
        parameters=shapes.IF_NONE_MATCH,
        responses={200: shapes.StatusSerializer, 304: None},
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """The few fields that a poller needs; `ETag` and 304."""
        return super().get(request, id)


class LogsDoor(LiveToo, OwnUnlessManager, records.LogsView):
    """Its log."""

    @extend_schema(
        operation_id="older_job_logs",
        tags=[_TAG],
        parameters=shapes.LOG_PARAMETERS,
        responses={
            (200, "application/json"): shapes.LogPageSerializer,
            (200, "text/plain"): str,
            307: None,
        },
    )
    def get(self, request: Request, id: str) -> HttpResponseBase:
        """Lines after a cursor; `format=text`: the whole as a file; as an event stream: live."""
        return super().get(request, id)


class CancelDoor(OwnUnlessManager, verbs.CancelView):
    """Cancelling, by PUT."""

    http_method_names: ClassVar[Any] = ["put", "options"]

    @extend_schema(
        operation_id="older_job_cancel",
        tags=[_TAG],
        request=CancelSerializer,
        responses=shapes.CancelledSerializer,
    )
    def put(self, request: Request, id: str) -> HttpResponse:
        """Stop a job; the answer is that of `/ai/jobs/{id}/cancel/`."""
        return super().post(request, id)
