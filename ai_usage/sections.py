"""What this app shows on a job: `usage`, whose cost column the dashboards sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ai_core.sections import Section, money
from ai_usage import days
from ai_usage.costs import SummedCosts
from ai_usage.models import AIJobUsage

RATE_DAYS = 30


def load(job_ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
    rows = list(AIJobUsage.objects.filter(job__in=list(job_ids)).defer("parts"))
    since = (datetime.now(UTC) - timedelta(days=RATE_DAYS)).date()
    pairs = sorted({(row.brand_id, row.job_type) for row in rows})
    rates = days.success_rates(pairs, since=since)
    return {row.job_id: _shown(row, rates.get((row.brand_id, row.job_type))) for row in rows}


def _shown(row: AIJobUsage, rate: float | None) -> dict[str, Any]:
    return {
        "total_cost": money(row.total_cost),
        "known_cost": money(row.known_cost),
        "currency": row.currency,
        "price_status": row.price_status,
        "price_source": row.price_source,
        "price_version": row.price_version,
        "execution_time_seconds": row.execution_time_seconds,
        "provider_name": row.provider_name,
        "model": row.model,
        "calls": row.calls,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "total_tokens": row.total_tokens,
        "cached_tokens": row.cached_tokens,
        "usage_source": row.usage_source,
        "first_token_ms": row.first_token_ms,
        "success": row.success,
        "success_rate": rate,
    }


_COUNT = {"type": ["integer", "null"], "minimum": 0}
_MONEY = {"type": ["string", "null"], "pattern": r"^-?\d+\.\d{6}$"}
USAGE = Section(
    name="usage",
    load=load,
    cost=SummedCosts(model="ai_usage.AIJobUsage"),
    schema={
        "type": "object",
        "properties": {
            "total_cost": {**_MONEY, "description": "null: a price is not known."},
            "known_cost": _MONEY,
            "currency": {"type": "string"},
            "price_status": {"enum": ["priced", "unpriced", "free", "not_applicable"]},
            "price_source": {"type": "string"},
            "price_version": {"type": "string"},
            "execution_time_seconds": {"type": "number"},
            "provider_name": {"type": "string"},
            "model": {"type": "string"},
            "calls": {"type": "integer"},
            "prompt_tokens": _COUNT,
            "completion_tokens": _COUNT,
            "total_tokens": _COUNT,
            "cached_tokens": _COUNT,
            "usage_source": {"type": "string"},
            "first_token_ms": _COUNT,
            "success": {"type": "boolean"},
            "success_rate": {
                "type": ["number", "null"],
                "description": "Of this type in this brand, over the last 30 days.",
            },
        },
    },
)
