"""One try to reach a webhook: what is sent, and what came back."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ai_core import outbound
from ai_notices import payload, slack, webhooks
from ai_notices.models import Message, Webhook
from brands import signatures
from brands.sealing import CannotOpen

LIMITS = outbound.Limits(connect=5, idle=15, total=15, size=2**20)
KEPT = 4096  # of an answer, for the log
_LONGEST_ERROR = 500


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a try ended; `code` is empty when it was accepted."""

    seconds: float = 0.0
    status: int | None = None
    code: str = ""
    error: str = ""
    answer: str = ""
    retry_after: float | None = None

    @property
    def is_ok(self) -> bool:
        return not self.code


def post(hook: Webhook, message: Message) -> Result:
    begun = time.monotonic()
    try:
        address = webhooks.address_of(hook).reveal()
        headers, body = request_of(hook, message)
    except CannotOpen as error:
        return Result(code="SECRET_SEALED", error=str(error))
    call = outbound.Call(limits=LIMITS)
    try:
        with call.open("POST", address, headers=headers, body=body) as answer:
            said = _beginning(answer)
            return _judged(answer.status, said, answer.headers, seconds=time.monotonic() - begun)
    except outbound.OutboundError as error:
        return Result(
            seconds=time.monotonic() - begun, code=error.code, error=str(error)[:_LONGEST_ERROR]
        )


def request_of(hook: Webhook, message: Message) -> tuple[dict[str, str], bytes]:
    if hook.shape == Webhook.Shape.SLACK:
        body = slack.body_of(message, language=hook.language)
        return {"Content-Type": "application/json"}, body
    body, now = payload.body_of(message), int(time.time())
    signed = [
        signatures.sign(secret, message_id=message.message_id, timestamp=now, body=body)
        for secret in webhooks.secrets_of(hook)
    ]
    return {
        "Content-Type": "application/json",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(signed),
    }, body


def _beginning(answer: outbound.Answer) -> str:
    """Read as much as the log keeps; a body that breaks off takes nothing from its status."""
    found = b""
    try:
        for piece in answer.chunks():
            found += piece
            if len(found) >= KEPT:
                break
    except outbound.OutboundError:
        pass
    return found[:KEPT].decode("utf-8", "replace").replace("\0", "�")


def _judged(status: int, said: str, headers: object, *, seconds: float) -> Result:
    facts = {"seconds": seconds, "status": status, "answer": said}
    if 200 <= status < 300:
        return Result(**facts)  # type: ignore[arg-type]
    if 300 <= status < 400:
        error = f"It answered {status}: redirects are not followed. Enter the new address."
        return Result(code="REDIRECTED", error=error, **facts)  # type: ignore[arg-type]
    error = f"It answered {status}."
    wished = _seconds(headers) if status in (429, 503) else None
    return Result(code=f"HTTP_{status}", error=error, retry_after=wished, **facts)  # type: ignore[arg-type]


def _seconds(headers: object) -> float | None:
    text = headers.get("Retry-After", "") if hasattr(headers, "get") else ""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
