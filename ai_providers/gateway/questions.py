"""Reads what an SDK sends, and turns it into the input of a job and the question for a provider."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ai_core import inputs
from ai_core.errors import InvalidInput
from ai_core.statuses import Priority
from ai_providers import questions
from ai_providers.asking import ChatRequest
from ai_providers.job_types import CHAT, EMBEDDINGS
from brands import strict_json

ROLES = frozenset({"system", "developer", "user", "assistant"})
PRIORITIES = {"flex": Priority.LOW, "priority": Priority.HIGH, "fast": Priority.HIGH}
# Understood and answered as if they were not there: nothing of theirs reaches a provider.
PASSED_OVER = frozenset({"store", "modalities", "prompt_cache_retention"})
# What an SDK puts into a message that it got from us, and that says nothing.
EMPTY_IN_MESSAGES = ("refusal", "annotations", "audio", "function_call", "tool_calls", "name")


@dataclass(kw_only=True, slots=True)
class Question:
    """One call: what the job is made of, and how its answer is to be sent."""

    job_type: str
    input_data: dict[str, Any]
    request: ChatRequest
    fingerprint: str
    stream: bool = False
    include_usage: bool = False
    priority: Priority = Priority.NORMAL
    description: str = ""
    tags: list[str] = field(default_factory=list)


def read(path: str, data: bytes) -> Question:
    """Read a body sent to `path`; raises InvalidInput, BadJSON or PayloadTooLarge."""
    body = strict_json.loads(data)
    if not isinstance(body, dict):
        raise InvalidInput(_("Send an object."))
    digest = hashlib.sha256(path.encode() + b"\0" + data).hexdigest()
    return _vectors(body, digest) if path == "/v1/embeddings" else _chat(body, digest)


def _vectors(body: dict[str, Any], digest: str) -> Question:
    inputs.check(EMBEDDINGS.input_schema, body)
    request = questions.request_of(EMBEDDINGS.name, body)
    return Question(job_type=EMBEDDINGS.name, input_data=body, request=request, fingerprint=digest)


def _chat(body: dict[str, Any], digest: str) -> Question:
    stream = _flag(body, "stream")
    options = body.pop("stream_options", None) or {}
    tier, metadata = body.pop("service_tier", None), body.pop("metadata", None) or {}
    limit = body.pop("max_completion_tokens", None)
    if limit is not None and body.get("max_tokens") is None:
        body["max_tokens"] = limit
    who = body.pop("safety_identifier", None)
    if who is not None:
        body.setdefault("user", who)
    body = {name: value for name, value in body.items() if value is not None}
    for name in PASSED_OVER & body.keys():
        del body[name]
    if isinstance(body.get("messages"), list):
        body["messages"] = [_plain(message) for message in body["messages"]]
    if not _is_simple(body):
        inputs.check(CHAT.input_schema, body)
    if not isinstance(options, dict) or not isinstance(metadata, dict):
        raise _invalid("stream_options" if not isinstance(options, dict) else "metadata")
    return Question(
        job_type=CHAT.name,
        input_data=body,
        request=_request(body, stream=stream),
        fingerprint=digest,
        stream=stream,
        include_usage=bool(options.get("include_usage")),
        priority=PRIORITIES.get(str(tier), Priority.NORMAL),
        description=str(metadata.get("description") or "")[:500],
        tags=[f"{name}:{value}"[:40] for name, value in metadata.items() if name != "description"][
            :16
        ],
    )


def _request(body: dict[str, Any], *, stream: bool) -> ChatRequest:
    found = questions.request_of(CHAT.name, body)
    return ChatRequest(
        messages=found.messages,
        model=found.model,
        fallbacks=found.fallbacks,
        max_tokens=found.max_tokens,
        temperature=found.temperature,
        options=found.options,
        stream=stream,
    )


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.pop(name, None)
    if value not in (None, True, False):
        raise _invalid(name)
    return bool(value)


def _invalid(name: str) -> InvalidInput:
    return InvalidInput(_("This value is not valid."), errors={name: [_("Not valid.")]})


def _plain(message: Any) -> Any:
    """Drop what an SDK sends along with a message that was an answer of ours."""
    if not isinstance(message, dict) or message.keys() <= {"role", "content"}:
        return message
    return {
        name: value for name, value in message.items() if value or name not in EMPTY_IN_MESSAGES
    }


def _is_simple(body: dict[str, Any]) -> bool:
    """Most calls are plain conversations: told at a glance, where a schema takes its time."""
    messages = body.get("messages")
    if not (body.keys() <= {"model", "messages", "temperature", "max_tokens"} and messages):
        return False
    temperature, most = body.get("temperature", 0), body.get("max_tokens", 1)
    return (
        isinstance(messages, list)
        and len(messages) <= 1000
        and isinstance(body.get("model", ""), str)
        and len(body.get("model", "")) <= 200
        and type(temperature) in (int, float)
        and 0 <= temperature <= 2
        and type(most) is int
        and 1 <= most <= 1_000_000
        and all(
            isinstance(one, dict)
            and one.keys() == {"role", "content"}
            and isinstance(one["content"], str)
            and len(one["content"]) <= 1_000_000
            and isinstance(one["role"], str)
            and one["role"] in ROLES
            for one in messages
        )
    )
