"""One job at a glance beside the list: enough to decide whether to open it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ai_core import rows
from ai_core.models import JobLog
from ai_core.pages.blocks import blocks_of
from ai_core.pages.failures import failure_of
from ai_core.pages.job import find
from ai_core.pages.json_tree import tree
from ai_core.pages.lines import line_of
from ai_core.pages.reading import answer, for_readers
from ai_core.statuses import FINAL
from ai_core.waiting import waiting_card
from brands.access import Access

FEW_LINES = 8


@for_readers
def peek(request: HttpRequest, access: Access, job_id: str) -> HttpResponse:
    job = find(access, job_id)
    row = rows.details([job.pk])[0]
    shown = row.as_dict()
    log = JobLog.objects.filter(job=job).order_by("-id").values("level", "message")[:FEW_LINES]
    facts = {
        "access": access,
        "job": job,
        "row": shown,
        "line": line_of(row, access),
        "failure": failure_of(shown, job),
        "waiting": waiting_card(job) if job.status not in FINAL else None,
        "blocks": blocks_of(shown["result_data"])[:2],
        "input_tree": tree(shown["input_data"]),
        "log_lines": list(log)[::-1],
    }
    return answer(request, "ai_core/peek.html", facts, part="ai_core/peek.html")
