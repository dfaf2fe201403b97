"""What /healthz and /readyz say, with each part missing in turn."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from ai_core.models import ServiceHeartbeat


@pytest.fixture
def everybody_seen(db):
    for kind in ("worker", "sweeper"):
        seen(kind)


def seen(kind, seconds_ago=0):
    now = timezone.now()
    ServiceHeartbeat.objects.update_or_create(
        name=f"{kind}-1",
        defaults={"kind": kind, "started_at": now, "seen_at": now - timedelta(seconds=seconds_ago)},
    )


def test_alive_needs_no_database_and_no_known_host(client):
    response = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_when_everything_is_there(client, everybody_seen):
    response = client.get("/readyz", headers={"host": "10.0.0.7"})
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["worker", "sweeper"])
def test_not_ready_while_a_process_is_silent(client, everybody_seen, kind):
    seen(kind, seconds_ago=31)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert list(response.json()["reasons"]) == [kind]
    assert f"manage.py {kind}" in response.json()["reasons"][kind]


def test_not_ready_while_migrations_are_missing(client, everybody_seen):
    MigrationRecorder.Migration.objects.filter(app="sessions").delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["reasons"] == {
        "migrations": "1 not applied: run `manage.py migrate`",
    }


def test_not_ready_without_valkey(client, everybody_seen, settings):
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"},
    }
    assert caches["default"]  # made anew from these settings
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["reasons"] == {"valkey": "Valkey does not answer"}


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_the_database(client, settings):
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = 1
    try:
        response = client.get("/readyz")
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert response.status_code == 503
    assert response.json()["reasons"]["database"] == "the database does not answer"
