"""Examples for the OpenAPI document; a test holds their keys against real answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

JOB: dict[str, Any] = {
    "id": 123,
    "job_id": "ai_job_k3v9qpl2m5n7x4w6t2r8s5d3fa",
    "job_type": {"id": 1, "name": "chat_completion", "category": "chat"},
    "status": "completed",
    "priority": "normal",
    "progress_percentage": 100,
    "brand": {"id": 9, "name": "Humari"},
    "created_by": {"id": 1, "username": "martin"},
    "created_at": "2026-01-31T14:30:00Z",
    "started_at": "2026-01-31T14:30:01Z",
    "completed_at": "2026-01-31T14:31:16Z",
    "description": "Analyse SEO de contenu",
    "input_data": {"messages": [{"role": "user", "content": "Analyse…"}], "model": "gpt-4o"},
    "result_data": {"completion": "…", "finish_reason": "stop"},
    "error_message": "",
    "is_async": True,
    "task_id": "0b0c0bd2-5f0e-4f6e-9d59-5e1f3b6a8d4e",
    "execution_time_seconds": 75,
    "queue": "default",
    "tags": ["seo"],
    "release": None,
    "error_code": "",
    "failure_class": "",
    "updated_at": "2026-01-31T14:31:16Z",
}
NEW_JOB = {
    "job_type": "chat_completion",
    "priority": "normal",
    "description": "Analyse contenu SEO",
    "input_data": {
        "messages": [{"role": "user", "content": "Analyse ce contenu…"}],
        "model": "gpt-4o",
        "max_tokens": 500,
    },
}
CREATED = {
    **{name: value for name, value in JOB.items() if name != "result_data"},
    "status": "pending",
    "progress_percentage": 0,
    "started_at": None,
    "completed_at": None,
    "execution_time_seconds": None,
}
DETAIL = {
    **JOB,
    "stage": "",
    "substatus": "",
    "stages": [],
    "run_after": None,
    "timeout_seconds": 300,
    "attempt": 1,
    "failures": 0,
    "losses": 0,
    "stop_requested": "",
    "checkpoint_at": None,
    "origin": None,
    "cancel_reason": "",
    "cancel_notes": "",
    "removed": {},
    "available_actions": ["restart", "delete"],
}
CANCELLED = {
    "message": "Job cancelled successfully",
    "job": {
        "id": 125,
        "job_id": "ai_job_h5k2w7q4n9c3x6m2v8t5r7p4aa",
        "status": "cancelled",
        "cancelled_at": "2026-01-31T16:20:00Z",
    },
    "receipt": {
        "requested_at": "2026-01-31T16:20:00Z",
        "was_running": True,
        "work_has_stopped": False,
        "slot_free_by": "2026-01-31T16:20:25Z",
        "executed_seconds": 12.4,
        "reason": "wrong configuration",
        "spent": "0.012000",
        "saved_at_least": "0.050000",
        "saved_at_most": "0.080000",
        "saving_is_projected": False,
    },
}
DASHBOARD = {
    "stats": {
        "total_jobs": 1547,
        "jobs_today": 23,
        "draft": 0,
        "pending": 5,
        "running": 3,
        "paused": 0,
        "completed": 1518,
        "failed": 14,
        "cancelled": 5,
        "timeout": 2,
        "success_rate": 0.9896,
        "avg_execution_seconds": 4.21,
        "p95_execution_seconds": 18.4,
        "total_cost": "58.010000",
        "unpriced_jobs": 0,
        "by_priority": {"low": 12, "normal": 1500, "high": 30, "urgent": 5},
    },
    "recent_jobs": [JOB],
    "top_job_types": [{"name": "chat_completion", "count": 890}],
    "daily_activity": [{"date": "2026-01-31", "jobs": 23, "total_cost": "1.450000"}],
    "brand_breakdown": [
        {
            "brand_id": 9,
            "brand_name": "Humari",
            "jobs": 1547,
            "cost": "58.010000",
            "unpriced_jobs": 0,
        }
    ],
}
TYPES = [
    {
        "id": 1,
        "name": "chat_completion",
        "description": "Conversation with a model",
        "category": "chat",
        "estimated_duration_seconds": 10,
        "requires_async": False,
        "queue": "default",
        "can_pause": False,
        "available": True,
        "unavailable_because": "",
    }
]


def _answer(name: str, value: Any, **facts: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, **facts)


PAGE_EXAMPLE = _answer(
    "A page", {"count": 156, "next": "http://hub/ai/jobs/?page=2", "previous": None,
               "results": [JOB]}
)  # fmt: skip
NEW_JOB_EXAMPLE = OpenApiExample("A chat", value=NEW_JOB, request_only=True)
CREATED_EXAMPLE = _answer("A job was made", CREATED, status_codes=["201"])
DETAIL_EXAMPLE = _answer("A job that is over", DETAIL)
CANCELLED_EXAMPLE = _answer("It was running", CANCELLED)
DASHBOARD_EXAMPLE = _answer("A brand", DASHBOARD)
TYPES_EXAMPLE = _answer("Some types", TYPES[0])
BULK_EXAMPLE = OpenApiExample(
    "What would a retry of all time-outs do?",
    value={"action": "retry", "filter": {"status": "timeout"}, "dry_run": True},
    request_only=True,
)
