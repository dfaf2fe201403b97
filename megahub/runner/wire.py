"""Calls the hub over HTTP, and tells apart what may work later from what never will."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

TIMEOUT = 60.0
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
LONGEST_WAIT = 60.0


class Later(Exception):
    """The hub does not answer, or asks to be asked again."""

    def __init__(self, message: str, *, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class Refused(Exception):
    """The hub understood and said no."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('error_code', '')}: {body.get('detail', '')}".strip())
        self.status = status
        self.code = str(body.get("error_code", ""))
        self.run_status = str(body.get("current_status", ""))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A key must not follow where a redirect sends it."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Wire:
    """One hub and one key."""

    def __init__(self, url: str, api_key: str, brand: str = "") -> None:
        self.url, self.api_key, self.brand = url.rstrip("/"), api_key, brand
        self._opener = urllib.request.build_opener(_NoRedirect)

    def get(self, path: str) -> Any:
        return self._call(self._request("GET", path))

    def post(self, path: str, body: Any, *, headers: dict[str, str] | None = None) -> Any:
        request = self._request("POST", path, json.dumps(body).encode())
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            request.add_header(name, value)
        return self._call(request)

    def send_file(self, path: str, file: Path) -> Any:
        with file.open("rb") as source:
            request = self._request("POST", path, source)
            request.add_header("Content-Type", "application/octet-stream")
            request.add_header("Content-Length", str(file.stat().st_size))
            return self._call(request)

    def fetch(self, path: str, target: Path) -> None:
        """Write what lies at an address into a file."""
        draft = target.with_name(f".{target.name}.part")
        try:
            with (
                self._opener.open(self._request("GET", path), timeout=TIMEOUT) as answer,
                draft.open("wb") as file,
            ):
                while piece := answer.read(1 << 20):
                    file.write(piece)
        except urllib.error.HTTPError as error:
            raise _judged(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise Later(f"{self.url} does not answer: {error}") from None
        draft.replace(target)

    def _request(self, method: str, path: str, body: Any = None) -> urllib.request.Request:
        request = urllib.request.Request(self.url + path, data=body, method=method)  # noqa: S310
        request.add_header("Authorization", f"Bearer {self.api_key}")
        request.add_header("Accept", "application/json")
        request.add_header("User-Agent", "megahub-runner")
        if self.brand:
            request.add_header("X-Brand", self.brand)
        return request

    def _call(self, request: urllib.request.Request) -> Any:
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                data = answer.read()
        except urllib.error.HTTPError as error:
            raise _judged(error) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Later(f"{self.url} does not answer: {reason}") from None
        try:
            return json.loads(data) if data else None
        except ValueError:
            raise Later(f"{self.url} answers no JSON: is it a hub?") from None


def _judged(error: urllib.error.HTTPError) -> Exception:
    try:
        body = json.loads(error.read())
    except (ValueError, OSError, http.client.HTTPException):
        body = {}
    refused = Refused(error.code, body if isinstance(body, dict) else {})
    if error.code in LATER:
        return Later(str(refused), seconds=_seconds(error.headers.get("Retry-After")))
    return refused


def _seconds(text: str | None) -> float | None:
    try:
        return min(max(float(text), 0.0), LONGEST_WAIT) if text else None
    except ValueError:
        return None


def run_path(reference: str, below: str = "") -> str:
    return f"/ai/training/runs/{quote(str(reference), safe='')}/{below}"
