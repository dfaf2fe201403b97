"""The job types of language models, and what their input looks like."""

from __future__ import annotations

from typing import Any

from ai_core.execution.registry import JobTypeSpec, QueueSpec

QUEUE = QueueSpec(name="models", description="Calls to language models: they wait, not compute.")
ON_QUOTA = ("fail", "park", "degrade")

MODEL_CHOICE: dict[str, Any] = {
    "model": {
        "type": "string",
        "title": "Model",
        "maxLength": 200,
        "description": "m-1, acme/m-1, extractive-1, or empty: the brand's first.",
    },
    "fallbacks": {
        "type": "array",
        "title": "Further models",
        "description": "Asked in this order when nobody answers for the first.",
        "items": {"type": "string", "minLength": 1, "maxLength": 200},
        "maxItems": 8,
    },
    "temperature": {"type": "number", "title": "Temperature", "minimum": 0, "maximum": 2},
    "max_tokens": {
        "type": "integer",
        "title": "Most tokens in the answer",
        "minimum": 1,
        "maximum": 1_000_000,
    },
    "on_quota": {
        "type": "string",
        "title": "When a monthly limit is reached",
        "enum": list(ON_QUOTA),
        "default": "fail",
        "description": "fail, wait until it resets (park), or use the hub's own engine (degrade).",
    },
}
_CONTENT: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "maxLength": 1_000_000},
        {"type": "array", "items": {"type": "object"}, "maxItems": 200},
        {"type": "null"},
    ]
}
_MESSAGES: dict[str, Any] = {
    "type": "array",
    "title": "Messages",
    "minItems": 1,
    "maxItems": 1000,
    "items": {
        "type": "object",
        "required": ["role"],
        "properties": {
            "role": {"enum": ["system", "developer", "user", "assistant", "tool"]},
            "content": _CONTENT,
            "name": {"type": "string", "maxLength": 200},
            "tool_calls": {"type": "array", "items": {"type": "object"}},
            "tool_call_id": {"type": "string", "maxLength": 200},
        },
        "additionalProperties": False,
    },
}
# What goes to a provider as it is, under OpenAI's names.
PASSED_ON: dict[str, Any] = {
    "top_p": {"type": "number", "title": "Top p", "minimum": 0, "maximum": 1},
    "stop": {
        "title": "Stop at",
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "maxItems": 4},
        ],
    },
    "seed": {"type": "integer", "title": "Seed"},
    "n": {"type": "integer", "title": "Answers", "minimum": 1, "maximum": 1},
    "presence_penalty": {"type": "number", "minimum": -2, "maximum": 2},
    "frequency_penalty": {"type": "number", "minimum": -2, "maximum": 2},
    "response_format": {"type": "object", "title": "Response format"},
    "tools": {"type": "array", "items": {"type": "object"}, "maxItems": 128},
    "tool_choice": {"anyOf": [{"type": "string"}, {"type": "object"}]},
    "parallel_tool_calls": {"type": "boolean"},
    "reasoning_effort": {"type": "string", "maxLength": 20},
    "user": {"type": "string", "maxLength": 200},
}


def _schema(title: str, own: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": title,
        "properties": {**own, **MODEL_CHOICE, **PASSED_ON},
        "required": required,
        "additionalProperties": False,
    }


_TEXT = {"type": "string", "minLength": 1, "maxLength": 1_000_000}

CHAT = JobTypeSpec(
    name="chat_completion",
    description="Answers a conversation with a language model.",
    category="chat",
    queue=QUEUE.name,
    estimated_duration_seconds=10,
    input_schema=_schema("Chat", {"messages": _MESSAGES}, ["messages"]),
)
GENERATION = JobTypeSpec(
    name="text_generation",
    description="Writes a text from an instruction.",
    category="generation",
    queue=QUEUE.name,
    estimated_duration_seconds=15,
    input_schema=_schema(
        "Text",
        {
            "prompt": {**_TEXT, "title": "Instruction", "format": "textarea"},
            "system": {**_TEXT, "title": "Role of the model"},
        },
        ["prompt"],
    ),
)
ASSISTANT = JobTypeSpec(
    name="assistant",
    description="Answers a question, if you like about a text that you give.",
    category="assistant",
    queue=QUEUE.name,
    estimated_duration_seconds=10,
    input_schema=_schema(
        "Assistant",
        {
            "question": {**_TEXT, "title": "Question"},
            "context": {**_TEXT, "title": "Text that it is about", "format": "textarea"},
            "instructions": {**_TEXT, "title": "How to answer"},
            "history": {**_MESSAGES, "title": "What was said before", "minItems": 0},
        },
        ["question"],
    ),
)
EMBEDDINGS = JobTypeSpec(
    name="embeddings",
    description="Turns texts into vectors, for search and comparison.",
    category="analysis",
    queue=QUEUE.name,
    estimated_duration_seconds=5,
    input_schema={
        "type": "object",
        "title": "Embeddings",
        "properties": {
            "input": {
                "title": "Texts",
                "anyOf": [
                    _TEXT,
                    {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 2048},
                ],
            },
            "model": MODEL_CHOICE["model"],
            "fallbacks": MODEL_CHOICE["fallbacks"],
            "on_quota": {**MODEL_CHOICE["on_quota"], "enum": ["fail", "park"]},
            "dimensions": {"type": "integer", "minimum": 1, "maximum": 100_000},
            "encoding_format": {"enum": ["float", "base64"]},
            "user": {"type": "string", "maxLength": 200},
        },
        "required": ["input", "model"],
        "additionalProperties": False,
    },
)
VECTOR_OPTIONS = ("dimensions", "encoding_format", "user")
ALL = (CHAT, GENERATION, ASSISTANT, EMBEDDINGS)
NAMES = tuple(spec.name for spec in ALL)
