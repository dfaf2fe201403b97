"""A provider that answers at once: OpenAI's chat API as bare ASGI, in a process of its own."""

import json
from typing import Any

HEAD = {"id": "chatcmpl-1", "created": 1, "model": "m-1"}
USAGE = {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}
WORDS = [
    "Les",
    "chouettes",
    "chassent",
    "la",
    "nuit",
    "et",
    "dorment",
    "le",
    "jour",
    "sous",
    "les",
    "toits",
]
WHOLE = json.dumps(
    HEAD
    | {
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": " ".join(WORDS)},
                "finish_reason": "stop",
            }
        ],
        "usage": USAGE,
    }
).encode()


def _event(choices: list[dict[str, Any]], **more: Any) -> bytes:
    value = HEAD | {"object": "chat.completion.chunk", "choices": choices} | more
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _choice(delta: dict[str, str], reason: str | None = None) -> list[dict[str, Any]]:
    return [{"index": 0, "delta": delta, "finish_reason": reason}]


EVENTS = [
    _event(_choice({"role": "assistant", "content": ""})),
    *(_event(_choice({"content": f"{word} "})) for word in WORDS),
    _event(_choice({}, "stop")),
    _event([], usage=USAGE) + b"data: [DONE]\n\n",
]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    asked = json.loads(body or b"{}")
    if asked.get("stream"):
        await _start(send, b"text/event-stream")
        for event in EVENTS:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await _start(send, b"application/json", len(WHOLE))
    await send({"type": "http.response.body", "body": WHOLE})


async def _start(send: Any, kind: bytes, length: int | None = None) -> None:
    headers = [(b"content-type", kind)]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
