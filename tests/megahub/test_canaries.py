"""Secrets with a name of their own, used and refused in a real hub, and then looked for everywhere.

Where one is shown on purpose (the one answer that gives it to whoever asked for it) is left out;
everything else that the hub writes, sends or keeps is read: its log, database, Valkey, files,
backup, pages, answers, exports, metrics, and what the doctor says.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ovh
import psycopg
import pytest
import redis
import requests
from standardwebhooks import Webhook

from ai_core.tracing import trace_of
from megahub import running
from tests.ai_notices.listener import Listener
from tests.ai_providers.fakes import RunningFake
from tests.megahub.collector import Collector
from tests.megahub.hub_process import ROOT, HubProcess, environment

pytestmark = pytest.mark.slow
PASSWORD = "canary-password-5d1f0c7a"
GIVEN = {
    "openai key": "sk-canary-9b0d6e21f4a8c375",
    "anthropic key": "sk-ant-canary-51c7e9028d3fb6a4",
    "rotated key": "canarykeywithoutanyshape77",
    "metrics token": "canary-metrics-60d2b8e4f1",
    "mail password": "canary-mail-3f9a7c15",
    "a wrong password": "canary-wrong-77ab20c9",
    "a wrong api key": "mh_canarycana_" + "wrongwrongwrongwrongwrongwrong",
    "hook address": "canary-in-the-path-of-slack",
}
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MODELS = ["ok", "e401", "html", "redirect", "errevent"]
SET_UP = """
import json, time
from django.contrib.auth.models import User
from ai_core import ovh_keys
from brands import keys
from brands.models import Brand, Membership
from brands.sign_in import factors, totp
brand = Brand.objects.create(name="Owls", slug="owls")
root = User.objects.get(username="admin")
Membership.objects.create(user=root, brand=brand, role="manager")
boss = User.objects.create_user("boss", password="PASSWORD", is_staff=True, is_superuser=True)
seed = factors.begin(boss)
codes = factors.confirm(boss, totp.code_at(seed, int(time.time()) // 30))
signed = ovh_keys.issue(user=root, brand=brand, name="ovh")
print(json.dumps({
    "api key": keys.issue(user=root, brand=brand, name="ci", right=3).token,
    "totp seed": seed, "recovery code": codes[0], "another recovery code": codes[1],
    "ovh secret": signed.application_secret, "ovh consumer key": signed.consumer_key,
    "ovh application key": signed.key.application_key,
}))
"""
STATUS = """{"type": "log", "data": {"message": "hello", "level": "info"}}"""


@dataclass
class Hunt:
    """A hub, its secrets, and all that it has said."""

    hub: HubProcess
    collector: Collector
    secrets: dict[str, str] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.hub.port}"

    def ask(self, verb: str, path: str, *, shows_secret: bool = False, **options: Any) -> Any:
        """Ask as the program with the key, and keep what it was answered."""
        headers = {"Authorization": f"Bearer {self.secrets['api key']}"} | options.pop(
            "headers", {}
        )
        answer = requests.request(
            verb, self.url + path, headers=headers, timeout=60, allow_redirects=False, **options
        )
        if not shows_secret:
            self.keep(f"{verb} {path}", answer)
        return answer

    def keep(self, where: str, answer: requests.Response) -> None:
        self.said.append((where, f"{answer.headers}\n{answer.text}"))

    def manage(self, *words: str) -> str:
        own = environment(MEGAHUB_DATA=str(self.hub.data), **ENVIRONMENT)
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, capture_output=True, text=True,
            env=own, timeout=180, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr


ENVIRONMENT = {
    "MEGAHUB_ADMIN_PASSWORD": PASSWORD,
    "MEGAHUB_METRICS_TOKEN": GIVEN["metrics token"],
    "MEGAHUB_EMAIL_URL": f"smtp://hub:{GIVEN['mail password']}@127.0.0.1:9",
    "MEGAHUB_OUTBOUND_ALLOW": "127.0.0.1",
    "MEGAHUB_STOP_GRACE_SECONDS": "1",
}


@pytest.fixture(scope="module")
def hunt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hunt]:
    """A hub in which every secret was used and refused."""
    fake, listener = RunningFake(), Listener(204, 500, (302, {"Location": "/elsewhere"}), 204)
    collector = Collector()
    tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    hub = HubProcess(tmp_path_factory.mktemp("canaries") / "data", **ENVIRONMENT, **tracing)
    try:
        hub.wait_for("/readyz")
        found = Hunt(hub, collector, dict(GIVEN))
        made = found.manage("shell", "--no-imports", "-c", SET_UP.replace("PASSWORD", PASSWORD))
        found.secrets |= json.loads(made.splitlines()[-1])
        found.secrets["password"] = PASSWORD
        url = running.read(hub.data)["database_url"]
        found.secrets["database password"] = url.split("//")[1].split("@")[0].split(":")[1]
        found.secrets["secret key"] = (hub.data / "secret_key").read_text().strip()
        found.secrets["sealing key"] = (hub.data / "credential-keys").read_text().strip()
        providers(found, fake)
        chats(found, fake)
        hooks(found, listener)
        trainings(found)
        doors(found)
        pages(found)
        settle(found)
        yield found
    finally:
        hub.end()
        for one in (fake.stop, listener.close, collector.close):
            one()


def test_the_trace_of_a_job_leads_from_its_request_to_its_provider(hunt: Hunt):
    """What a collector gets of one job from the processes that had to do with it."""
    number = trace_of(hunt.jobs[0]["job_id"])
    names = {"job made", "bell", "attempt", "provider call"}
    until = time.monotonic() + 30
    while not names <= hunt.collector.of_trace(number).keys():
        assert time.monotonic() < until, hunt.collector.of_trace(number).keys()
        time.sleep(0.1)
    found = hunt.collector.of_trace(number)
    [link] = found["job made"].links
    request = hunt.collector.of_trace(int.from_bytes(link.trace_id))["POST hub"]
    assert CALLER.split("-")[1:3] == [link.trace_id.hex(), link.span_id.hex()]
    assert request.parent_span_id == link.span_id
    for name in names - {"job made"}:
        assert found[name].parent_span_id == found["job made"].span_id
    assert found["job made"].end_time_unix_nano <= found["bell"].end_time_unix_nano
    call, attempt = found["provider call"], found["attempt"]
    assert attempt.start_time_unix_nano <= call.start_time_unix_nano
    assert call.end_time_unix_nano <= attempt.end_time_unix_nano


def test_no_secret_is_written_said_or_kept_anywhere(hunt: Hunt, tmp_path: Path):
    public = {"ovh application key"}  # a name, not a secret
    wanted = {name: text for name, text in hunt.secrets.items() if name not in public}
    assert len(wanted) >= 20
    texts = list(everywhere(hunt, tmp_path))
    # What is no secret is found: so the looking finds.
    assert any(hunt.secrets["ovh application key"] in text for _where, text in texts)
    found = [
        f"{name} in {where}: {spot(text, secret)}"
        for where, text in texts
        for name, secret in wanted.items()
        for spelt in {secret, base64.b64encode(secret.encode()).decode().rstrip("=")}
        if spelt in text
    ]
    assert found == []


def spot(text: str, secret: str) -> str:
    at = max(0, text.find(secret))
    return repr(text[max(0, at - 80) : at + 20])


# ---------------------------------------------------------------------- the rounds
def providers(hunt: Hunt, fake: RunningFake) -> None:
    for name, kind, secret, address in (
        ("acme", "openai_compatible", "openai key", fake.base_url),
        ("anthropic", "anthropic", "anthropic key", fake.base_url.removesuffix("/v1")),
        ("nowhere", "openai_compatible", "openai key", "http://127.0.0.1:9/v1"),
        ("shapeless", "openai_compatible", "rotated key", fake.base_url),
    ):
        body = {"name": name, "kind": kind, "base_url": address, "api_key": hunt.secrets[secret],
                "models": MODELS}  # fmt: skip
        made = hunt.ask("POST", "/ai/providers/", json=body)
        assert made.status_code == 201, made.text
        number = made.json()["id"]
        hunt.ask("POST", f"/ai/providers/{number}/check/")
        wrong = {"api_key": hunt.secrets[secret], "base_url": "not an address"}
        assert hunt.ask("PATCH", f"/ai/providers/{number}/", json=wrong).status_code == 400
        typo = {"apikey": hunt.secrets[secret]}  # a field that is not there must not be quoted
        assert hunt.ask("PATCH", f"/ai/providers/{number}/", json=typo).status_code == 400


def chats(hunt: Hunt, fake: RunningFake) -> None:
    message = [{"role": "user", "content": "hello"}]
    names = ("acme", "anthropic", "nowhere", "shapeless")
    for name in names:  # first, since who fails too often in a row is spared for a while
        chat = {"messages": message, "model": f"{name}/e401"}
        traced = {"traceparent": CALLER}
        made = hunt.ask("POST", "/ai/openai/chat/", json=chat, headers=traced)
        hunt.jobs.append(made.json())
    calls = [
        {"messages": message, "model": f"{name}/{model}", "stream": stream}
        for name in names for model in MODELS for stream in (False, True)
        if name == "acme" or model in ("ok", "e401")
    ]  # fmt: skip
    with ThreadPoolExecutor(14) as pool:  # who is refused tries again for some seconds
        for done in [
            pool.submit(hunt.ask, "POST", "/v1/chat/completions", json=one) for one in calls
        ]:
            done.result(120)
    failing = {"job_type": "failing", "input_data": {}}
    hunt.jobs.append(hunt.ask("POST", "/ai/jobs/", json=failing).json())
    assert hunt.secrets["openai key"] in str(fake.inside.keys)
    assert any("401" in text for _where, text in hunt.said)


def hooks(hunt: Hunt, listener: Listener) -> None:
    kinds = ["job.completed", "job.failed"]
    slack = listener.address.replace("/hook", "/" + hunt.secrets["hook address"])
    for name, url, payload in (("own", listener.address, "standard"), ("slack", slack, "slack")):
        body = {"name": name, "url": url, "payload": payload, "kinds": kinds}
        made = hunt.ask("POST", "/ai/notifications/webhooks/", json=body, shows_secret=True)
        assert made.status_code == 201, made.text
        number = made.json()["id"]
        hunt.ask("POST", f"/ai/notifications/webhooks/{number}/test/")
        if secret := made.json()["secret"]:
            hunt.secrets["webhook secret"] = secret
            renewed = hunt.ask(
                "POST", f"/ai/notifications/webhooks/{number}/rotate/", shows_secret=True
            )
            hunt.secrets["renewed webhook secret"] = renewed.json()["secret"]
    quick = {"job_type": "sleep", "input_data": {"seconds": 0}}
    hunt.jobs.append(hunt.ask("POST", "/ai/jobs/", json=quick).json())


def trainings(hunt: Hunt) -> None:
    body = {"job_type": "external_training", "input_data": {"image": "ubuntu"}}
    job = hunt.ask("POST", "/ai/jobs/", json=body).json()
    hunt.jobs.append(job)
    made = hunt.ask("POST", f"/ai/training/runs/{job['job_id']}/secret/", shows_secret=True)
    hunt.secrets["run secret"] = made.json()["secret"]
    address = f"{hunt.url}/ai/webhooks/training/{job['job_id']}/"
    now = datetime.now(UTC)
    right = Webhook(hunt.secrets["run secret"]).sign("msg_1", now, STATUS)
    for signature in (right, "v1,d3Jvbmc=", hunt.secrets["run secret"]):
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())),
                   "webhook-signature": signature, "content-type": "application/json"}  # fmt: skip
        hunt.keep("webhook", requests.post(address, STATUS, headers=headers, timeout=30))


def doors(hunt: Hunt) -> None:
    """Programs that come with a right key and with a wrong one."""
    wrong = {"Authorization": f"Bearer {hunt.secrets['a wrong api key']}"}
    for path in ("/ai/jobs/", "/v1/models", "/metrics", "/1.0/cloud/project/owls/ai/job"):
        hunt.ask("GET", path, headers=wrong)
        hunt.ask("GET", path, headers={"X-Api-Key": hunt.secrets["api key"], "Authorization": ""})
    ovh.client.ENDPOINTS["ovh-eu"] = f"{hunt.url}/1.0"
    names = ("ovh application key", "ovh secret", "ovh consumer key")
    given = dict(zip(("application_key", "application_secret", "consumer_key"),
                     (hunt.secrets[name] for name in names), strict=True))  # fmt: skip
    assert ovh.Client(endpoint="ovh-eu", **given).get("/cloud/project/owls/ai/job") is not None
    bad = ovh.Client(endpoint="ovh-eu", **{**given, "application_secret": given["consumer_key"]})
    with pytest.raises(ovh.exceptions.APIError) as refused:
        bad.get("/cloud/project/owls/ai/job")
    hunt.said.append(("ovh's refusal", str(refused.value)))


def pages(hunt: Hunt) -> None:
    """Somebody at a browser, who mistypes first; then all pages, the admin's too."""
    browser = requests.Session()
    for password in (hunt.secrets["a wrong password"], PASSWORD):
        hunt.keep("login", submit(browser, hunt, "/login/", username="boss", password=password))
    code = submit(browser, hunt, "/login/code/", code=hunt.secrets["recovery code"])
    assert "sessionid" in " ".join(browser.cookies.keys()), code.text
    walk = [
        "/", "/jobs/", "/providers/", "/usage/", "/usage/jobs/", "/settings/", "/settings/keys/",
        "/settings/members/", "/settings/audit/", "/settings/audit/?format=csv", "/queue/",
        "/settings/webhooks/", "/settings/webhooks/1/", "/settings/webhooks/2/", "/workers/",
        "/settings/webhooks/2/edit/", "/account/second-factor/", "/trainings/", "/admin/",
        "/settings/notifications/", "/providers/1/", "/providers/1/edit/",
    ]  # fmt: skip
    walk += [f"/jobs/{job['job_id']}/{tab}" for job in hunt.jobs
             for tab in ("", "events/", "logs/", "configuration/", "history/")]  # fmt: skip
    index = browser.get(hunt.url + "/admin/", timeout=60).text
    lists = sorted(set(re.findall(r'href="(/admin/\w+/\w+/)"', index)))
    assert len(lists) > 20
    for path in [*walk, *lists]:
        answer = browser.get(hunt.url + path, timeout=60)
        assert answer.status_code < 400, f"{path}: {answer.status_code}"
        hunt.keep(path, answer)
        if path in lists:
            rows = re.findall(rf'href="({path}\d+/change/)', answer.text)[:3]
            for row in rows:
                hunt.keep(row, browser.get(hunt.url + row, timeout=60))


def submit(browser: requests.Session, hunt: Hunt, path: str, **form: str) -> requests.Response:
    page = browser.get(hunt.url + path, timeout=60).text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token, page
    fields = {**form, "csrfmiddlewaretoken": token[1]}
    return browser.post(hunt.url + path, fields, headers={"Referer": hunt.url}, timeout=60)


def settle(hunt: Hunt) -> None:
    """Wait until the jobs have ended and the webhooks were tried; then read every answer."""
    until = time.monotonic() + 90
    assert len(hunt.jobs) == 7
    asked = [job["id"] for job in hunt.jobs if job["job_type"]["name"] in ("sleep", "failing")]
    with psycopg.connect(running.read(hunt.hub.data)["database_url"], autocommit=True) as database:
        while time.monotonic() < until:
            [(open_,)] = database.execute(
                "SELECT count(*) FROM ai_core_aijob WHERE id = ANY(%s) AND completed_at IS NULL",
                [asked],
            )
            [(tried,)] = database.execute("SELECT count(*) FROM ai_notices_attempt")
            if not open_ and tried >= 4:
                break
            time.sleep(0.2)
        else:
            raise AssertionError(f"{open_} jobs are open, {tried} deliveries were tried")
    paths = requests.get(f"{hunt.url}/api/schema/?format=json", timeout=60).json()["paths"]
    plain = [path for path in paths if "get" in paths[path] and "{" not in path]
    plain += ["/ai/audit/export/?format=json", "/ai/jobs/export/?format=json", "/api/schema/"]
    for path in [one for one in plain if not one.endswith("/stream/")]:
        hunt.ask("GET", path)
    for job in hunt.jobs:
        for tail in ("", "events/", "logs/", "evidence/", "stages/"):
            hunt.ask("GET", f"/ai/jobs/{job['id']}/{tail}")
    metrics = requests.get(
        f"{hunt.url}/metrics", timeout=60,
        headers={"Authorization": f"Bearer {hunt.secrets['metrics token']}"},
    )  # fmt: skip
    assert "megahub_jobs" in metrics.text
    hunt.keep("/metrics", metrics)


# ---------------------------------------------------------------------- where to look
def everywhere(hunt: Hunt, folder: Path) -> Iterator[tuple[str, str]]:
    facts = running.read(hunt.hub.data)
    yield from hunt.said
    yield "the doctor", hunt.manage("doctor", "--json")
    yield "the backup's words", hunt.manage("backup", str(folder / "backups"))
    for path in (folder / "backups").rglob("*"):
        if path.is_file():
            yield f"backup: {path.name}", path.read_bytes().decode("latin-1")
    yield "the database", dump(facts["database_url"])
    yield "Valkey", "\n".join(kept_in_valkey(facts["redis_url"]))
    own = {"secret_key", "credential-keys", "postgres.password", running.FILE}
    for path in hunt.hub.data.rglob("*"):
        if path.is_file() and path.name not in own and "postgres/" not in str(path):
            yield f"file {path}", path.read_bytes().decode("latin-1")
    yield "the spans", str(hunt.collector.spans)
    yield "the log", hunt.hub.text()


def dump(url: str) -> str:
    """Every table as text; what pg_dump would write."""
    from megahub.backups import programs

    found = subprocess.run(
        [str(programs.path_of("pg_dump", server=17)), url, "--no-owner", "--inserts"],
        capture_output=True, text=True, check=True, timeout=120, env={**os.environ},
    )  # fmt: skip
    assert "INSERT INTO public.ai_providers_provider " in found.stdout
    return found.stdout


def kept_in_valkey(url: str) -> Iterator[str]:
    valkey = redis.Redis.from_url(url)
    keys = list(valkey.scan_iter(count=1000))
    assert keys
    for key in keys:
        match valkey.type(key):
            case b"string":
                kept: Any = valkey.get(key)
            case b"hash":
                kept = valkey.hgetall(key)
            case b"list":
                kept = valkey.lrange(key, 0, -1)
            case b"set":
                kept = valkey.smembers(key)
            case b"zset":
                kept = valkey.zrange(key, 0, -1, withscores=True)
            case b"stream":
                kept = valkey.xrange(key)
            case other:
                raise AssertionError(f"how does one read a {other!r}?")
        yield f"{key!r} {kept!r}"
