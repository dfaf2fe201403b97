"""What would follow from stopping a job, or from moving it to the front: said before it is done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ai_core import rows
from ai_core.actions import allowed
from ai_core.models import Artifact
from ai_core.pages.job import find
from ai_core.pages.lines import line_of
from ai_core.pages.reading import answer, for_readers
from ai_core.promotion import price_of
from ai_core.savings import savings_of
from brands.access import Access
from brands.errors import NotAllowed


@for_readers
def stopping(request: HttpRequest, access: Access, job_id: str) -> HttpResponse:
    job = find(access, job_id)
    row = rows.details([job.pk])[0]
    facts = {
        "line": line_of(row, access),
        "row": row.as_dict(),
        "savings": savings_of(job, row.as_dict(), user_id=access.user.pk),
        "files": Artifact.objects.filter(job=job).count(),
    }
    return answer(request, "ai_core/stopping.html", facts, part="ai_core/stopping.html")


@for_readers
def promotion(request: HttpRequest, access: Access, job_id: str) -> HttpResponse:
    job = find(access, job_id)
    if not allowed("promote", owner=job.created_by_id, access=access):
        raise NotAllowed
    row = rows.details([job.pk])[0]
    facts = {"line": line_of(row, access), "price": price_of(job, access)}
    return answer(request, "ai_core/promotion.html", facts, part="ai_core/promotion.html")
