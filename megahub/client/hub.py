"""Calls the hub's API over HTTP and turns its errors into sentences."""

from __future__ import annotations

import http.client
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from megahub.client.config import Config
from megahub.client.exits import Stop

TIMEOUT = 90.0  # longer than the hub holds a call that waits
MOST_ON_A_PAGE = 200
_PASSING = frozenset({502, 503, 504})


class Unreachable(Stop):
    """The hub does not answer now; it may in a moment."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The API never redirects, and a key must not follow where it is sent."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Hub:
    def __init__(self, config: Config) -> None:
        self.config = config
        self._opener = urllib.request.build_opener(_NoRedirect)

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", _with(path, query))[1]

    def get_if_changed(self, path: str, tag: str) -> tuple[Any, str]:
        """Return the answer and its ETag; None when nothing has changed since `tag`."""
        status, body, headers = self._request(
            "GET", path, headers={"If-None-Match": tag} if tag else {}
        )
        return (None if status == http.client.NOT_MODIFIED else body), headers.get("ETag", "")

    def post(self, path: str, body: Any, *, headers: Mapping[str, str] | None = None) -> Any:
        return self._call("POST", path, body, headers)[1]

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Walk through a list of any length by cursor."""
        address: str | None = _with(path, {**query, "cursor": "", "page_size": MOST_ON_A_PAGE})
        while address:
            page = self._call("GET", address)[1]
            yield from page["results"]
            after = page["next"]
            address = path + "?" + after.partition("?")[2] if after else None

    def download(self, url: str, target: Path) -> None:
        """Fetch a signed link into a file; the link is its own right, so no key is sent."""
        draft = target.with_name(f".{target.name}.part")
        draft.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._opener.open(url, timeout=TIMEOUT) as answer, draft.open("wb") as file:
                shutil.copyfileobj(answer, file)
            draft.replace(target)
        except (OSError, http.client.HTTPException) as error:
            draft.unlink(missing_ok=True)
            raise Stop(f"{target.name} could not be fetched: {error}.") from None

    def _call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        status, answer, _headers = self._request(method, path, body, headers)
        return status, answer

    def _request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any, Any]:
        request = urllib.request.Request(  # noqa: S310  (the address was checked)
            self.config.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=self._headers(body, headers),
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, _json(answer.read()), answer.headers
        except urllib.error.HTTPError as error:
            if error.code == http.client.NOT_MODIFIED:
                return error.code, None, error.headers
            kind = Unreachable if error.code in _PASSING else Stop
            raise kind(_sentence(error)) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Unreachable(f"{self.config.url} does not answer: {reason}.") from None

    def _headers(self, body: Any, more: Mapping[str, str] | None) -> dict[str, str]:
        found = {
            "Authorization": f"Bearer {self.config.api_key}",
            "Accept": "application/json",
            "User-Agent": "megahub-client",
            **(more or {}),
        }
        if body is not None:
            found["Content-Type"] = "application/json"
        if self.config.brand:
            found["X-Brand"] = self.config.brand
        return found


def job_path(reference: str, below: str = "") -> str:
    return f"/ai/jobs/{quote(reference, safe='')}/{below}"


def _with(path: str, query: Mapping[str, Any]) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def _json(data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        raise Stop("The answer is no JSON: does MEGAHUB_URL point to a hub?") from None


def _sentence(error: urllib.error.HTTPError) -> str:
    """Say what the hub said, with the fields that it names."""
    try:
        body = json.loads(error.read())
        lines = [f"{body['detail']} ({body['error_code']})"]
    except (ValueError, KeyError, TypeError, OSError):
        return f"The hub answered {error.code} {error.reason}."
    if status := body.get("current_status"):
        lines.append(f"  it is {status}")
    for name, messages in body.get("errors", {}).items():
        lines += [f"  {name}: {message}" for message in messages]
    if nearest := body.get("nearest"):
        lines.append(f"  did you mean {', '.join(map(str, nearest))}?")
    return "\n".join(lines)
