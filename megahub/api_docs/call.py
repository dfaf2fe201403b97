"""A call to show: what is sent, what it is for, and what must come back."""

import json
import shlex
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. `path` may name what an earlier call kept: `/ai/jobs/{job[id]}/`."""

    does: str
    at: str  # as the OpenAPI document has it: "GET /ai/jobs/{id}/"
    path: str = ""  # as it is called, where it differs
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    keep: str = ""  # keep the answer under this name
    keep_only: Callable[[Any], Any] | None = None  # or this of it
    show: Sequence[str] = ()  # only these members of an object
    brief: bool = False  # jobs as id, job_id and status only
    shown_headers: Sequence[str] = ()
    until: str = ""  # repeat until the answer's status is this
    anyone: bool = False  # no key is needed
    file: str = ""  # a body that is no JSON
    signed_with: str = ""  # the secret of a webhook
    seconds: int = 60  # a stream is cut after so long

    @property
    def method(self) -> str:
        return self.at.split(" ", 1)[0]

    def command(self, kept: Mapping[str, Any]) -> str:
        """Return the line as a shell takes it."""
        path = (self.path or self.at.split(" ", 1)[1]).format(**kept)
        words = ["curl", "-sN" if self.seconds < 60 else "-s"]
        has_body = self.body is not None or bool(self.file)
        if self.method not in ("GET", "POST") or (self.method == "POST" and not has_body):
            words += ["-X", self.method]
        words.append(f'"$HUB{path}"' if self.anyone else f'"$HUB{path}" -H "$AUTH"')
        for name, value in self.headers.items():
            words.append(f"-H {shlex.quote(f'{name}: {value}'.format(**kept))}")
        if self.file:
            words.append(f"--data-binary {shlex.quote(self.file)}")
        if self.body is not None:
            text = json.dumps(_filled(self.body, kept), ensure_ascii=False)
            if self.signed_with:
                signing = _SIGNING.format(secret=self.signed_with.format(**kept), text=text)
                return signing + " ".join([*words, _SIGNED])
            words.append(f"-H 'Content-Type: application/json' \\\n  -d {shlex.quote(text)}")
        return " ".join(words)


@dataclass(frozen=True, kw_only=True)
class Chapter:
    title: str
    about: str = ""
    calls: Sequence[Call] = ()


_SIGNING = """\
SECRET={secret}
SAID='{text}'
NOW=$(date +%s)
HEX=$(printf %s "${{SECRET#whsec_}}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
SIGN=$(printf %s "msg-1.$NOW.$SAID" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$HEX -binary | base64)
"""  # noqa: E501
_SIGNED = """-H 'Content-Type: application/json' -d "$SAID" \\
  -H 'webhook-id: msg-1' -H "webhook-timestamp: $NOW" -H "webhook-signature: v1,$SIGN\""""


def _filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """Put what was kept into a body."""
    if isinstance(value, dict):
        return {name: _filled(one, kept) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, kept) for one in value]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return string.Formatter().get_field(value[1:-1], (), kept)[
            0
        ]  # as it was: a number stays one
    return value
