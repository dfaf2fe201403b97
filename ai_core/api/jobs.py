"""The list of jobs, and making one or many."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from ai_core import rows
from ai_core.api import newborn, shapes
from ai_core.api.base import JobsBase, raw_json
from ai_core.api.filters import LST_NAMES, canonical, narrowed
from ai_core.api.pagination import JobPage, newest_page
from ai_core.api.requests import BulkSerializer, NewJobSerializer
from ai_core.api.until_final import LONGEST, wait_until_final
from ai_core.models import AIJob
from ai_core.services import JobService, NewJob
from brands import strict_json
from brands.api.parsers import StrictJSONParser
from brands.errors import DomainError, Invalid

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=[,;]|$)", re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@extend_schema(tags=["jobs"])
class JobsView(JobsBase):
    """Jobs of the brand: walk through them, or make a new one."""

    serializer_class = NewJobSerializer

    @extend_schema(
        operation_id="jobs_list",
        parameters=shapes.LIST_PARAMETERS,
        responses=shapes.JobPageSerializer,
        examples=[shapes.PAGE_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponse:
        """Filtered, sorted and paged; `?cursor=` walks through everything."""
        if not request.query_params and self.access.brand is not None:
            return newest_page(request, self.access.brand)
        query = canonical(request.query_params)
        jobs = narrowed(
            self.get_queryset(), request.query_params, self.access.brand, extra=LST_NAMES
        )
        return JobPage(jobs, query, request, scope=self.access.scope).answer()

    @extend_schema(
        operation_id="jobs_create",
        parameters=shapes.CREATE_HEADERS,
        request=NewJobSerializer,
        responses={201: shapes.JobSerializer, 200: shapes.JobSerializer},
        examples=[shapes.NEW_JOB_EXAMPLE, shapes.CREATED_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a job. 200 instead of 201: its Idempotency-Key was seen before."""
        brand = self.access.brand_to_create_in()
        wanted = read_new_job(request.data, context={"access": self.access})
        input_data = wanted.pop("input_data")
        job = JobService.create_job(
            wanted.pop("job_type"),
            input_data,
            self.access.user,
            brand,
            idempotency_key=idempotency_key(request),
            **wanted,
        )
        return made(job, request, input_data)


_forms = threading.local()


def _form(context: Mapping[str, Any]) -> NewJobSerializer:
    """Return this thread's form: to make one takes longer than to fill it.

    One a language: a field keeps the words of its errors as it has first said them.
    """
    kept: dict[str, NewJobSerializer] = _forms.__dict__
    language = get_language() or ""
    if language not in kept:
        kept[language] = NewJobSerializer()
    form = kept[language]
    form._context = dict(context)
    return form


def read_new_job(body: Any, *, context: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_form(context).run_validation(body))


def idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not _KEY.fullmatch(key):
        raise Invalid(
            _("Idempotency-Key takes 1 to 200 visible ASCII characters."),
            errors={"Idempotency-Key": [_("Send 1 to 200 visible ASCII characters.")]},
        )
    return key


def made(job: AIJob, request: Request, input_data: Any = None) -> HttpResponse:
    """Answer for a job that was made, or that was made by the same request before."""
    replayed = getattr(job, "was_remembered", False)
    headers = {"Location": f"/ai/jobs/{job.pk}/"}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    seconds = preferred_wait(request)
    final = False
    if seconds:
        headers["Preference-Applied"] = f"wait={seconds}"
        final = wait_until_final(job.pk, seconds)
    if final:
        text = rows.rows([job.pk])[0].text
    elif replayed or seconds or input_data is None:
        text = rows.created([job.pk])[0].text
    else:
        text = newborn.text(job, input_data)
    return raw_json(text, status=200 if replayed else 201, **headers)


def preferred_wait(request: Request) -> int:
    """Read `Prefer: wait=30`; what it does not understand is ignored, as its RFC wants it."""
    found = _WAIT.search(request.headers.get("Prefer", "")[:500])
    return min(int(found[1]), LONGEST) if found else 0


class ManyJobsParser(StrictJSONParser):
    """Many jobs need more room than one."""

    limits = strict_json.Limits(size=16 * 2**20, items=500_000)
    top_level: ClassVar[Any] = (dict, list)

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        value = super().parse(*args, **kwargs)
        return {"jobs": value} if isinstance(value, list) else value


class ManyJobsView(JobsBase):
    """Up to 1,000 jobs at once: all of them are made, or none."""

    parser_classes: ClassVar[Any] = [ManyJobsParser]
    body_limit_bytes = ManyJobsParser.limits.size

    @extend_schema(
        operation_id="jobs_create_many",
        tags=["jobs"],
        request=BulkSerializer,
        responses={201: shapes.ManyMadeSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Make many jobs. An error names the index: `errors` has `jobs.3.input_data.seconds`."""
        brand = self.access.brand_to_create_in()
        form = BulkSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = self._read(form.validated_data["jobs"])
        try:
            jobs = JobService.create_jobs(wanted, user=self.access.user, brand=brand)
        except DomainError as error:
            raise named(error, wanted) from error
        made = [{"id": job.pk, "job_id": job.job_id, "status": job.status} for job in jobs]
        return raw_json(rows.json_text({"count": len(made), "jobs": made}), status=201)

    def _read(self, bodies: list[Mapping[str, Any]]) -> list[NewJob]:
        form = _form({"access": self.access})
        wanted, errors = [], {}
        for index, body in enumerate(bodies):
            try:
                wanted.append(NewJob(**form.run_validation(body)))
            except serializers.ValidationError as error:
                errors[str(index)] = error.detail
            if len(errors) >= 20:
                break
        if errors:
            raise serializers.ValidationError({"jobs": errors})
        return wanted


def named(error: DomainError, wanted: list[NewJob]) -> DomainError:
    """Say which of many jobs an error is about."""
    index = error.facts.pop("index", None)
    if index is None and (name := error.facts.get("job_type")):
        index = next((i for i, new in enumerate(wanted) if new.job_type == name), None)
    if index is not None:
        error.facts["index"] = index
        error.errors = {f"jobs.{index}.{path}": why for path, why in error.errors.items()} or {
            f"jobs.{index}": [str(error.detail)]
        }
    return error
