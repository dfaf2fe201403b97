"""The examples in deploy/ name commands, settings and addresses that the hub has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from ai_core.execution import registry
from megahub import environment

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ROOT = DEPLOY.parent
READERS = ("text", "secret", "flag", "integer", "seconds", "words", "hosts", "choice", "folder",
           "url", "addresses")  # fmt: skip
READ = re.compile(r'env\.\w+\(\s*"(\w+)"|os\.environ\.get\(\s*"(\w+)"|os\.environ\["(\w+)"\]')


def every(pattern):
    return sorted(path for path in DEPLOY.rglob(pattern) if path.is_file())


def settings_read():
    """Every name that our code asks the environment for."""
    assert all(hasattr(environment, name) for name in READERS)
    found = set()
    for path in [*ROOT.glob("megahub/**/*.py"), *ROOT.glob("ai_*/**/*.py"), ROOT / "manage.py"]:
        for names in READ.findall(path.read_text()):
            found |= {name for name in names if name}
    return found


def test_every_setting_that_an_example_gives_is_read_by_somebody():
    given = set()
    for path in every("*"):
        given |= set(re.findall(r"\b(MEGAHUB_[A-Z_]+)\b", path.read_text()))
    unknown = given - settings_read() - {"MEGAHUB_HOST", "MEGAHUB_WEB"}  # the proxy's own
    assert unknown == set()


def commands_of_examples():
    """(where, words) of every `manage.py …` that an example runs."""
    for path in every("*.service"):
        for line in path.read_text().splitlines():
            if line.startswith("ExecStart=") and "manage.py" in line:
                yield path.name, line.partition("manage.py ")[2].split()
    for name, service in yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].items():
        if service["image"].startswith("megahub"):
            yield f"compose {name}", [str(word) for word in service["command"]]
    for document in yaml.safe_load_all((DEPLOY / "kubernetes" / "megahub.yaml").read_text()):
        for container in containers(document):
            yield f"kubernetes {document['metadata']['name']}", container["args"]


def containers(document):
    template = document.get("spec", {}).get("template")
    return template["spec"]["containers"] if template else []


@pytest.mark.parametrize(("where", "words"), list(commands_of_examples()))
def test_every_command_of_an_example_exists(where, words):
    assert words[0] in get_commands(), where
    if "--queues" in words:
        queues = words[words.index("--queues") + 1]
        known = {spec.name for spec in registry._queues.values()}
        assert queues == "%i" or set(queues.split(",")) <= known, where


def test_each_way_of_deploying_has_every_kind_of_process_and_serves_every_queue():
    ways = {"service": set(), "compose": set(), "kubernetes": set()}
    for where, words in commands_of_examples():
        way = "service" if where.endswith(".service") else where.split()[0]
        ways[way].add(words[0])
    for way, commands in ways.items():
        assert {"web", "worker", "sweeper"} <= commands, way
    for way in ("compose", "kubernetes"):
        served = {
            queue
            for where, words in commands_of_examples()
            if where.startswith(way) and "--queues" in words
            for queue in words[words.index("--queues") + 1].split(",")
        }
        # Calls of the gateway run where they arrive: in the web processes.
        assert served | {"gateway"} == {spec.name for spec in registry._queues.values()}, way


def test_containers_may_do_little():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name, service in compose.items():
        if service["image"].startswith("megahub"):
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
    for document in yaml.safe_load_all((DEPLOY / "kubernetes" / "megahub.yaml").read_text()):
        for container in containers(document):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert document["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    for stage in dockerfile.split("\nFROM ")[2:-1]:
        users = re.findall(r"^USER (\S+)", stage, re.MULTILINE)
        assert users[-1] == "10001:10001"


@pytest.mark.parametrize("proxy", ["nginx/megahub.conf", "caddy/Caddyfile"])
def test_proxies_hide_the_metrics_and_let_streams_through(proxy):
    text = (DEPLOY / proxy).read_text()
    assert "/metrics" in text
    assert "/v1/" in text
    assert "/stream/" in text
    assert "X-Forwarded-For $remote_addr" in text or "reverse_proxy" in text
