"""An app that is left out of INSTALLED_APPS leaves a hub that works without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

pytestmark = pytest.mark.slow


@pytest.fixture
def empty_database(django_db_setup):
    """A database of its own on the server of the tests; gone afterwards."""
    server = os.environ["DATABASE_URL"]
    name = f"smaller_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


LEFT_OUT = [
    "ai_usage", "ai_providers", "ai_training", "ai_providers,ai_usage",
    "ai_notices", "ai_schedules", "ai_providers,ai_training,ai_usage,ai_notices,ai_schedules",
]  # fmt: skip


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_the_hub_works_without(empty_database, left_out):
    done = subprocess.run(
        [sys.executable, "-m", "tests.without.walk"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": empty_database,
            "WITHOUT": left_out,
            "DJANGO_SETTINGS_MODULE": "tests.without.settings_of_a_smaller_hub",
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["jobs"]["sleep"]["status"] == "completed"
    assert told["answers"]["/ai/jobs/"] == told["answers"]["/ai/jobs/dashboard/"] == 200
    assert told["answers"]["/api/schema/"] == 200
    assert set(told["pages"].values()) == {200}, told["pages"]
    assert told["broken"] == {}
    assert len(told["links"]) > 20
    providers, usage = "ai_providers" not in left_out, "ai_usage" not in left_out
    training = "ai_training" not in left_out
    notices = "ai_notices" not in left_out
    there = {page: status == 200 for page, status in told["optional"].items()}
    assert there == {
        "/providers/": providers,
        "/settings/quotas/": providers,
        "/usage/": usage,
        "/usage/jobs/": usage,
        "/trainings/": training,
        "/schedules/": "ai_schedules" not in left_out,
        "/settings/webhooks/": notices,
        "/settings/notifications/": notices,
    }
    assert ("/providers/" in told["links"]) is providers
    assert ("/usage/" in told["links"]) is usage
    assert ("/trainings/" in told["links"]) is training
    assert (told["answers"]["/ai/providers/"] == 200) is providers
    assert (told["answers"]["/ai/usage/"] == 200) is usage
    assert ("chat_completion" in told["types"]) is providers
    assert ("usage" in told["jobs"]["sleep"]["keys"]) is usage
    if providers:
        assert told["jobs"]["chat_completion"]["status"] == "completed"
