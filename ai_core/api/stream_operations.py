"""The two event streams in the OpenAPI document: the event loop answers them, no view does."""

from __future__ import annotations

from typing import Any

_LIKE = "/ai/jobs/{id}/status/"  # the same callers, the same id
_EVENTS = {
    "description": "Events as they happen, each with an `id` to come back with.",
    # Of one event, as is usual before OpenAPI 3.2 has a word of its own for items of a stream.
    "content": {
        "text/event-stream": {
            "schema": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "event": {"type": "string"},
                    "data": {"type": "string", "contentMediaType": "application/json"},
                    "retry": {"type": "integer"},
                },
            }
        }
    },
}


def describe_streams(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing hook: add both addresses."""
    like = result["paths"].get(_LIKE, {}).get("get")
    if like is not None:
        one = [parameter for parameter in like["parameters"] if parameter["in"] == "path"]
        result["paths"]["/ai/jobs/{id}/stream/"] = {
            "get": {
                **_operation(
                    "job_stream", "One job as it goes on: log, progress, stages, its end."
                ),
                "parameters": [*one, *_SHARED, _TAIL],
                "security": like["security"],
                "responses": {"200": _EVENTS, "204": {"description": "You have had everything."}},
            }
        }
        result["paths"]["/ai/jobs/stream/"] = {
            "get": {
                **_operation("jobs_stream", "The brand's jobs: `status`, `progress`, `removed`."),
                "parameters": [*_SHARED, _JOB],
                "security": like["security"],
                "responses": {"200": _EVENTS},
            }
        }
    return result


def _operation(name: str, text: str) -> dict[str, Any]:
    return {"operationId": name, "description": f"{text} See docs/streams.md.", "tags": ["streams"]}


def _parameter(name: str, place: str, text: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "description": text,
        "schema": {"type": "string", **schema},
    }


_SHARED = [
    _parameter("Last-Event-ID", "header", "The last `id` you have: go on after it, without a gap."),
    _parameter("last_event_id", "query", "The same, for those who cannot set the header."),
    _parameter("kinds", "query", "Only these, comma-separated: `log,status`."),
    _parameter("brand", "query", "A browser's brand, since EventSource cannot set headers."),
]
_TAIL = _parameter(
    "tail",
    "query",
    "Begin with so many of the last lines.",
    type="integer",
    minimum=0,
    maximum=10_000,
)
_JOB = _parameter("job", "query", "Only these jobs, comma-separated, at most 200.")
