"""The models of the fake provider: each misbehaves in its own way."""

from __future__ import annotations

import json
from dataclasses import dataclass

MODELS: dict[str, str] = {
    "ok": "answers at once",
    "echo": "repeats the last message",
    "slow": "waits before its first word (slow-3: for 3 seconds)",
    "drip": "sends a word every tenth of a second, fifty of them (drip-500: 500 words)",
    "mute": "opens a stream and never says a word",
    "e400": "refuses the input",
    "e401": "refuses the key, and quotes it",
    "e404": "does not know the model",
    "e429": "asks to come back in a second",
    "e429-long": "asks to come back in ten minutes",
    "equota": "has no credit left",
    "e500": "fails inside",
    "e503": "is overloaded",
    "flaky": "fails twice, then answers (per key and conversation)",
    "cut": "hangs up in the middle of the stream",
    "errevent": "sends an error in the middle of the stream",
    "garbled": "sends what is no JSON",
    "html": "sends a proxy's error page",
    "redirect": "redirects elsewhere",
    "nousage": "answers without saying what it used",
    "zerousage": "answers and says that it used nothing",
    "tool": "calls a tool",
    "filter": "refuses because of the content",
    "analyst": "analyses a text in JSON, inside a sentence and a fence",
    "hasty": "the same, but sends the wrong shape until it is told so",
    "stubborn": "sends the wrong shape of JSON, whatever it is told",
    "nojson": "the same as analyst, but refuses response_format",
    "liar": "counts tokens below zero, beyond all bounds, or in words",
}


@dataclass(frozen=True)
class Refusal:
    status: int
    message: str
    type: str
    code: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def body(self) -> dict[str, object]:
        return {
            "error": {
                "message": self.message, "type": self.type, "param": None, "code": self.code,
            }
        }  # fmt: skip


REFUSALS: dict[str, Refusal] = {
    "e400": Refusal(400, "Bad messages.", "invalid_request_error", "invalid_value"),
    "e401": Refusal(
        401, "Incorrect API key provided: {key}.", "invalid_request_error", "invalid_api_key"
    ),
    "e404": Refusal(404, "No such model.", "invalid_request_error", "model_not_found"),
    "e429": Refusal(
        429, "Slow down.", "rate_limit_exceeded", "rate_limit_exceeded", (("Retry-After", "1"),)
    ),
    "e429-long": Refusal(
        429, "Slow down.", "rate_limit_exceeded", "rate_limit_exceeded", (("Retry-After", "600"),)
    ),
    "equota": Refusal(429, "No credit left.", "insufficient_quota", "insufficient_quota"),
    "e500": Refusal(500, "Something broke.", "server_error"),
    "e503": Refusal(503, "Overloaded.", "server_error", None, (("Retry-After", "1"),)),
    "filter": Refusal(400, "Not with us.", "invalid_request_error", "content_filter"),
}
ANALYSIS = {
    "summary": "Barn owls hunt at night and sleep under the roofs of the village.",
    "keywords": ["chouettes", "nuit", "zeppelin"],
    "tone": {"label": "neutral", "explanation": "It states facts."},
    "hints": [
        {"severity": "medium", "message": "There is no example.", "advice": "Tell of one night."}
    ],
    "meta_description": "How barn owls live.",
}
_TEXT = "Les chouettes chassent la nuit et dorment le jour sous les toits du village"
WORDS = _TEXT.split(" ")


def text_of(model: str, messages: list[dict[str, object]]) -> list[str]:
    """The words that this model answers with."""
    if model == "echo":
        last = messages[-1].get("content") if messages else ""
        return str(last).split() or [""]
    if model in ("analyst", "hasty", "stubborn", "nojson"):
        told = any(message.get("role") == "assistant" for message in messages)
        right = model in ("analyst", "nojson") or (model == "hasty" and told)
        said = json.dumps(ANALYSIS if right else {"keywords": 7})
        return f"Here it is:\n```json\n{said}\n```".split(" ")
    name, _dash, number = model.partition("-")
    if name == "drip":
        count = int(number) if number.isdigit() else 50
        return [WORDS[n % len(WORDS)] for n in range(count)]
    return WORDS
