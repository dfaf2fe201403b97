"""One action on many jobs, with a preview and an answer for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ai_core import rows
from ai_core.api import shapes
from ai_core.api.base import JobsBase, raw_json
from ai_core.api.filters import narrowed
from ai_core.api.query import refuse
from ai_core.api.requests import BulkActionSerializer
from ai_core.bulk_actions import Verdict, Wish, act, preview
from ai_core.models import AIJob

MOST = 1_000


class BulkActionView(JobsBase):
    """One action on many jobs."""

    @extend_schema(
        operation_id="jobs_bulk_action",
        tags=["jobs"],
        request=BulkActionSerializer,
        responses=shapes.BulkAnswerSerializer,
        examples=[shapes.BULK_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        """With `dry_run` it only says what would happen. At most 1,000 jobs a call."""
        form = BulkActionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        jobs, missing, matched = self._jobs(wanted)
        wish = Wish(
            action=wanted["action"],
            reason=wanted["reason"],
            notes=wanted["notes"],
            tags=tuple(wanted.get("tags", ())),
        )
        verdicts = (preview if wanted["dry_run"] else act)(wish, jobs, self.access)
        return raw_json(rows.json_text(_answer(wanted, verdicts, missing, matched)))

    def _jobs(self, wanted: Mapping[str, Any]) -> tuple[list[AIJob], list[str], int]:
        """Return the jobs, the references that lead to none, and how many a filter found."""
        seen = self.get_queryset().select_related("job_type", "brand", "queue", "release")
        if "ids" not in wanted:
            found = narrowed(seen, as_query(wanted["filter"]), self.access.brand)
            numbers = list(
                found.order_by("-created_at", "-id").values_list("pk", flat=True)[: MOST + 1]
            )
            jobs = seen.in_bulk(numbers[:MOST])
            return [jobs[one] for one in numbers if one in jobs], [], len(numbers)
        references = list(dict.fromkeys(wanted["ids"]))
        by_name = {
            name: job for job in _named(seen, references) for name in (str(job.pk), job.job_id)
        }
        jobs_once = list({by_name[one].pk: by_name[one] for one in references if one in by_name}
                         .values())  # fmt: skip
        return jobs_once, [one for one in references if one not in by_name], len(references)


def _named(jobs: QuerySet, references: list[str]) -> QuerySet:
    numbers = [int(one) for one in references if one.isascii() and one.isdigit() and len(one) < 19]
    return jobs.filter(Q(pk__in=numbers) | Q(job_id__in=references))


def as_query(given: Mapping[str, Any]) -> QueryDict:
    """Read a JSON object as the parameters of a list."""
    query = QueryDict(mutable=True)
    for name, value in given.items():
        values = value if isinstance(value, list) else [value]
        if not values or any(isinstance(one, dict | list) or one is None for one in values):
            refuse("filter", _("Send texts, numbers, booleans, or lists of them."))
        query.setlist(name, [_text(one) for one in values])
    return query


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _answer(
    wanted: Mapping[str, Any], verdicts: list[Verdict], missing: list[str], matched: int
) -> dict[str, Any]:
    nowhere = {
        "id": None,
        "done": False,
        "status": None,
        "error_code": "NOT_FOUND",
        "detail": str(_("There is no such job.")),
        "new_job": None,
    }
    results = [asdict(one) for one in verdicts]
    results += [{**nowhere, "job_id": reference} for reference in missing]
    done = sum(one["done"] for one in results)
    return {
        "action": wanted["action"],
        "dry_run": wanted["dry_run"],
        "done": done,
        "refused": len(results) - done,
        "has_more": matched > MOST,
        "results": results,
    }
