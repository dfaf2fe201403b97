"""The whole hub as `make run` starts it, a misbehaving provider beside it, and calls to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from bench.gateway.sides import started
from megahub.embedded import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a-long-word-for-a-soak"
MODELS = ["ok", "drip", "flaky", "e500", "cut"]


class Hub:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url, self.key = folder, f"http://127.0.0.1:{port}", ""
        self.pid = 0

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**os.environ, "MEGAHUB_DATA": str(self.folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def services(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "running.json").read_text())
        return found

    def call(self, path: str, body: Any = None, **headers: str) -> Any:
        """JSON in, JSON out; a refusal is an answer as well."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                **headers,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refused:
            if refused.code >= 500 and not path.startswith("/v1/"):
                raise
            text = refused.read()
        return json.loads(text) if text[:1] in (b"{", b"[") else text

    def browser(self) -> urllib.request.OpenerDirector:
        """Logged in as the first admin, with cookies."""
        jar = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        opener.open(f"{self.url}/login/", timeout=60).read()
        token = next(one.value for one in jar if one.name == "csrftoken")
        form = f"csrfmiddlewaretoken={token}&username=admin&password={PASSWORD}".encode()
        opener.open(f"{self.url}/login/", data=form, timeout=60).read()
        return opener


@contextmanager
def running(folder: Path) -> Iterator[Hub]:
    port, provider = free_port(), free_port()
    hub = Hub(folder / "data", port)
    fake = [sys.executable, "manage.py", "fake_provider", "--port", str(provider)]
    up = [sys.executable, "manage.py", "up"]
    environment = {
        "PORT": str(port),
        "MEGAHUB_DATA": str(hub.folder),
        "MEGAHUB_ADMIN_PASSWORD": PASSWORD,
        "MEGAHUB_OUTBOUND_ALLOW": f"127.0.0.1:{provider}",
    }
    base = f"http://127.0.0.1:{provider}/v1"
    with (
        started(fake, f"{base}/models", MEGAHUB_DATA=str(folder / "fake")),
        started(up, f"{hub.url}/readyz", **environment) as hub.pid,
    ):
        words = ["--user", "admin", "--brand", "humari", "--name", "soak"]
        hub.key = hub.manage("api_key", "create", *words).splitlines()[-1]
        hub.call(
            "/ai/providers/",
            {"name": "fake", "kind": "openai_compatible", "base_url": base,
             "api_key": "sk-soak", "models": MODELS, "is_active": True},
        )  # fmt: skip
        yield hub
