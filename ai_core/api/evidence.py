"""The evidence of a job as a file."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ai_core import evidence, rows
from ai_core.api.base import JobsBase, raw_json


class EvidenceView(JobsBase):
    """The evidence of a job."""

    @extend_schema(
        operation_id="job_evidence",
        tags=["jobs"],
        responses={
            200: {
                "type": "object",
                "required": ["evidence_version", "job", "history", "artifacts", "audit", "digest"],
                "additionalProperties": True,
            }
        },
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """One document with all that is known of a job, hashes of its files, and a digest.

        For the job's owner and for managers. The digest is SHA-256 over the rest of the document
        as JSON with sorted keys and no spaces.
        """
        job = self.own(id)
        answer = raw_json(rows.json_text(evidence.of(job, self.access)))
        answer["Content-Disposition"] = f'attachment; filename="{job.job_id}-evidence.json"'
        answer["Cache-Control"] = "no-store"
        return answer
