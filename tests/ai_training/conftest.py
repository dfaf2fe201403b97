"""What tests of trainings share: a run, its runner, and its signed webhook."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

TRAINING = {
    "image": "pytorch/pytorch:2.1-cuda12",
    "name": "finetune-llm",
    "resources": {"gpu": 2, "gpu_model": "A100"},
    "hourly_rate": "3.60",
    "total_steps": 100,
    "preset": "balanced",
}


def create(api: Any, **more: Any) -> dict[str, Any]:
    """The answer to the creating call."""
    body = {"job_type": "external_training", "input_data": {**TRAINING, **more}}
    answer = api.post("/ai/jobs/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


class Sender:
    """Signs webhooks as the official library does."""

    def __init__(self, api: Any, made: dict[str, Any]) -> None:
        self.api, self.made = api, made
        self.secret = made["training"]["webhook"]["secret"]
        self.url = made["training"]["webhook"]["url"]

    def send(self, body: dict[str, Any], *, id: str, **how: Any) -> Any:
        from datetime import UTC, datetime

        from standardwebhooks import Webhook

        text = json.dumps(body)
        stamp = int(how.get("at", time.time() + how.get("later", 0)))
        signature = Webhook(how.get("secret", self.secret)).sign(
            id, datetime.fromtimestamp(stamp, UTC), text
        )
        headers = {
            "webhook-id": how.get("said_id", id),
            "webhook-timestamp": str(how.get("said_at", stamp + how.get("said_later", 0))),
            "webhook-signature": how.get("signature", signature),
        }
        return self.api.post(
            how.get("url", self.url),
            data=how.get("text", text),
            content_type="application/json",
            headers=headers,
        )

    def ok(self, body: dict[str, Any], *, id: str, **how: Any) -> dict[str, Any]:
        answer = self.send(body, id=id, **how)
        assert answer.status_code == 200, answer.content
        return answer.json()


class Runner:
    """A machine that has an API key and nothing else."""

    def __init__(self, api: Any, number: int) -> None:
        self.api, self.number = api, number
        self.lease = ""

    def claim(self, **facts: Any) -> Any:
        answer = self.call("claim", {"runner": "gpu-1", **facts})
        if answer.status_code == 200:
            self.lease = answer.json()["lease"]
        return answer

    def call(self, word: str, body: dict[str, Any] | None = None) -> Any:
        return self.api.post(f"/ai/training/runs/{self.number}/{word}/", body or {})

    def report(self, **said: Any) -> Any:
        return self.call("report", {"lease": self.lease, **said})

    def ok(self, **said: Any) -> dict[str, Any]:
        answer = self.report(**said)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def beat(self) -> Any:
        return self.call("beat", {"lease": self.lease})

    def look(self) -> dict[str, Any]:
        return self.api.get(f"/ai/training/runs/{self.number}/").json()

    def job(self) -> dict[str, Any]:
        return self.api.get(f"/ai/jobs/{self.number}/").json()


@pytest.fixture
def anyone() -> Any:
    """A client without a key."""
    from rest_framework.test import APIClient

    return APIClient(raise_request_exception=False)


@pytest.fixture
def sender(owner_api: Any, anyone: Any) -> Sender:
    return Sender(anyone, create(owner_api))


@pytest.fixture
def runner(owner_api: Any) -> Runner:
    """A runner that has claimed a run."""
    one = Runner(owner_api, create(owner_api)["id"])
    assert one.claim().status_code == 200
    return one


def forge(text: str) -> str:
    """A signature of the right form that no secret made."""
    return "v1," + base64.b64encode(text.encode().ljust(32, b".")[:32]).decode()
