"""Serves the fake provider over HTTP: OpenAI's chat API and Anthropic's, on loopback only."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from typing import Any
from uuid import uuid4

from aiohttp import web

from ai_providers.fake import messages
from ai_providers.fake.behaviour import MODELS, REFUSALS, text_of

PAUSE = 0.1


class FakeProvider:
    """Also notes what it was asked, for tests that count calls."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.finished: Counter[str] = Counter()
        self.hung_up: Counter[str] = Counter()
        self.keys: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self._flaky: Counter[str] = Counter()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_post("/v1/embeddings", self.embeddings)
        app.router.add_post("/v1/messages", messages.answer)
        return app

    async def models(self, request: web.Request) -> web.Response:
        if "wrong" in request.headers.get("Authorization", ""):
            return self._refused(request, "e401")
        data = [{"id": m, "object": "model", "created": 0, "owned_by": "fake"} for m in MODELS]
        return web.json_response({"object": "list", "data": data})

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await request.json()
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        self.calls[body["model"]] += 1
        data = [
            {"object": "embedding", "index": n, "embedding": [len(str(one)) / 100, 0.5, -0.5]}
            for n, one in enumerate(inputs)
        ]
        used = sum(len(str(one).split()) for one in inputs)
        usage = {"prompt_tokens": used, "total_tokens": used}
        return web.json_response(
            {"object": "list", "data": data, "model": body["model"], "usage": usage}
        )

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        model = str(body.get("model"))
        self.calls[model] += 1
        self.keys.append(request.headers.get("Authorization", ""))
        self.bodies.append(body)
        try:
            answer = await self._answer(request, body, model)
        except (ConnectionError, asyncio.CancelledError):
            self.hung_up[model] += 1
            raise
        self.finished[model] += 1
        return answer

    async def _answer(  # noqa: PLR0911  (one way to misbehave a line)
        self, request: web.Request, body: dict[str, Any], model: str
    ) -> web.StreamResponse:
        if model in REFUSALS:
            return self._refused(request, model)
        if model == "flaky" and self._fails_yet(body):
            return self._refused(request, "e500")
        if model == "nojson" and "response_format" in body:
            return self._refused(request, "e400")
        if model in ODD:
            return web.json_response(ODD[model])
        if model == "garbled":
            return web.Response(body=b'{"choices": [', content_type="application/json")
        if model == "html":
            page = "<html><h1>502 Bad Gateway</h1></html>"
            return web.Response(status=502, text=page, content_type="text/html")
        if model == "redirect":
            return web.Response(status=302, headers={"Location": "/v1/models"})
        if model.partition("-")[0] == "slow":
            number = model.partition("-")[2]
            await asyncio.sleep(float(number) if number else 3.0)
        if body.get("stream"):
            return await self._stream(request, body, model)
        return web.json_response(self._whole(body, model))

    def _fails_yet(self, body: dict[str, Any]) -> bool:
        talk = json.dumps(body.get("messages"))
        self._flaky[talk] += 1
        return self._flaky[talk] <= 2

    def _refused(self, request: web.Request, model: str) -> web.Response:
        refusal = REFUSALS[model]
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        text = json.dumps(refusal.body).replace("{key}", key)
        return web.Response(
            status=refusal.status,
            text=text,
            content_type="application/json",
            headers=dict(refusal.headers),
        )

    # ------------------------------------------------------------------ answers
    def _head(self, model: str, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{uuid4().hex[:24]}", "object": kind, "created": int(time.time()),
            "model": model,
        }  # fmt: skip

    def _usage(self, body: dict[str, Any], model: str, words: list[str]) -> dict[str, Any] | None:
        if model == "nousage":
            return None
        if model.startswith("liar"):
            return LIES[model]
        prompt = sum(len(str(m.get("content")).split()) for m in body.get("messages", []))
        spoken = len(words)
        if model == "zerousage":
            prompt = spoken = 0
        return {
            "prompt_tokens": prompt,
            "completion_tokens": spoken,
            "total_tokens": prompt + spoken,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }

    def _words(self, body: dict[str, Any], model: str) -> tuple[list[str], str]:
        words = text_of(model, body.get("messages", []))
        most = body.get("max_tokens") or body.get("max_completion_tokens")
        if isinstance(most, int) and most < len(words):
            return words[:most], "length"
        return words, "stop"

    def _whole(self, body: dict[str, Any], model: str) -> dict[str, Any]:
        words, why = self._words(body, model)
        message: dict[str, Any] = {"role": "assistant", "content": " ".join(words), "refusal": None}
        if model == "tool":
            message |= {"content": None, "tool_calls": [_TOOL]}
            why = "tool_calls"
        value = self._head(model, "chat.completion") | {
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": why}]
        }
        usage = self._usage(body, model, words)
        return value | ({"usage": usage} if usage else {})

    async def _stream(
        self, request: web.Request, body: dict[str, Any], model: str
    ) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        head = self._head(model, "chat.completion.chunk")
        if model == "mute":
            await asyncio.sleep(3600)
        words, why = self._words(body, model)
        await self._send(answer, head, {"role": "assistant", "content": ""})
        if model == "tool":
            words, why = [], "tool_calls"
            await self._send(answer, head, {"tool_calls": [{**_TOOL, "index": 0}]})
        for number, word in enumerate(words):
            if model == "cut" and number == 4:
                request.transport.abort()  # type: ignore[union-attr]
                return answer
            if model == "errevent" and number == 4:
                event = {"error": {"message": "It broke inside.", "type": "server_error"}}
                await answer.write(f"data: {json.dumps(event)}\n\n".encode())
                return answer
            if model.startswith("drip"):
                await asyncio.sleep(PAUSE)
            await self._send(answer, head, {"content": word if not number else f" {word}"})
        await self._send(answer, head, {}, why)
        usage = self._usage(body, model, words)
        if usage and (body.get("stream_options") or {}).get("include_usage"):
            event = head | {"choices": [], "usage": usage}
            await answer.write(f"data: {json.dumps(event)}\n\n".encode())
        await answer.write(b"data: [DONE]\n\n")
        return answer

    async def _send(
        self,
        answer: web.StreamResponse,
        head: dict[str, Any],
        delta: dict[str, Any],
        why: str | None = None,
    ) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": why}
        await answer.write(f"data: {json.dumps(head | {'choices': [choice]})}\n\n".encode())


_SAID = {"role": "assistant", "content": "Les\0 chouettes"}
ODD: dict[str, Any] = {
    "odd-tools": {"choices": [{"message": {"content": "", "tool_calls": "no list"}}]},
    "odd-tool": {"choices": [{"message": {"content": "", "tool_calls": [7, None]}}]},
    "odd-choice": {"choices": ["a string"]},
    "odd-nul": {
        "id": "chat\0cmpl", "model": "odd\0", "usage": {"prompt_tokens": 7, "completion_tokens": 2},
        "choices": [{"message": _SAID, "finish_reason": "st\0op"}],
    },
}  # fmt: skip
LIES: dict[str, Any] = {
    "liar": {"prompt_tokens": -5, "completion_tokens": 10**30},
    "liar-half": {"prompt_tokens": 7, "completion_tokens": -1},
    "liar-words": {"prompt_tokens": "many", "completion_tokens": None, "total_tokens": 12.5},
    "liar-list": {"prompt_tokens": [1], "completion_tokens": True},
    "liar-cached": {
        "prompt_tokens": 7, "completion_tokens": 14, "prompt_tokens_details": {"cached_tokens": 99},
    },
}  # fmt: skip
_TOOL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "look_up", "arguments": '{"bird": "owl"}'},
}
