"""Turns the input of a job into the question that a provider is asked."""

from __future__ import annotations

from typing import Any

from ai_providers.analysis.job_type import CONTENT_ANALYSIS_BY_MODEL
from ai_providers.analysis.question import question_of
from ai_providers.asking import ChatRequest
from ai_providers.job_types import ASSISTANT, EMBEDDINGS, GENERATION, PASSED_ON, VECTOR_OPTIONS

ASSIST = (
    "You are a helpful assistant of a back office. Answer in the language of the question. "
    "If a text is given, answer from it, and say so when it does not hold the answer."
)


def request_of(job_type: str, data: dict[str, Any]) -> ChatRequest:
    if job_type == EMBEDDINGS.name:
        texts = data["input"]
        return ChatRequest(
            messages=[],
            inputs=(texts,) if isinstance(texts, str) else tuple(texts),
            model=data["model"],
            fallbacks=tuple(data.get("fallbacks") or ()),
            options={name: data[name] for name in VECTOR_OPTIONS if data.get(name) is not None},
            stream=False,
        )
    if job_type == CONTENT_ANALYSIS_BY_MODEL.name:
        return question_of(data)
    return ChatRequest(
        messages=_messages(job_type, data),
        model=data.get("model") or "",
        fallbacks=tuple(data.get("fallbacks") or ()),
        max_tokens=data.get("max_tokens"),
        temperature=data.get("temperature"),
        options={name: data[name] for name in PASSED_ON if data.get(name) is not None},
    )


def _messages(job_type: str, data: dict[str, Any]) -> list[dict[str, Any]]:
    if job_type == GENERATION.name:
        return [*_said("system", data.get("system")), *_said("user", data["prompt"])]
    if job_type == ASSISTANT.name:
        return [
            *_said("system", data.get("instructions") or ASSIST),
            *(data.get("history") or []),
            *_said("user", data.get("context")),
            *_said("user", data["question"]),
        ]
    return data["messages"]


def _said(role: str, content: str | None) -> list[dict[str, Any]]:
    return [{"role": role, "content": content}] if content else []
