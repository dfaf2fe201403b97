"""The doctor sees each illness when it is there, and only then."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ai_core.models import Queue, ServiceHeartbeat
from brands.findings import State
from megahub.doctor import configuration, database, examination, machine
from tests import factories
from tests.ai_core import workbench


def told(*, quick: bool = False):
    """{part: [findings that want something done]}"""
    found: dict[str, list[str]] = {}
    for finding in examination.examine(quick=quick):
        if finding.state is not State.OK:
            assert finding.mend, finding
            found.setdefault(finding.part, []).append(f"{finding.state}: {finding.says}")
    return found


def seen(kind, **facts):
    now = datetime.now(UTC)
    ServiceHeartbeat.objects.create(name=kind, kind=kind, seen_at=now, started_at=now, facts=facts)


@pytest.fixture
def well(people, settings, monkeypatch, tmp_path):
    """A hub with nothing to complain about: what follows breaks one thing each."""
    from ai_core.execution import registry

    registry.sync()
    seen("worker", slots={"thread": 8}, queues=None)
    seen("sweeper")
    factories.make_superuser()
    for brand in (people.brand, people.other_brand):
        factories.make_member(brand, "manager")
    settings.ALLOWED_HOSTS = ["hub.example.com"]
    settings.HTTPS = True
    settings.METRICS_TOKEN = "x" * 20
    settings.CREDENTIAL_KEYS = "uMpGmEcZeQTKNQdVPTmYjBMzzG5s9oRp3Rj3sCxPbNM="
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setenv("MEGAHUB_SECRET_KEY", settings.SECRET_KEY)
    monkeypatch.setattr(machine.static_files, "is_in_step", lambda _root: True)
    monkeypatch.setattr(machine, "LEAST_FREE", 0)
    monkeypatch.setattr(machine, "LEAST_FREE_BYTES", 0)
    # The tests' server need not survive a crash; there is no mail server here.
    monkeypatch.setattr(
        database, "_SERVER", database._SERVER.replace("current_setting('fsync')", "'on'")
        .replace("current_setting('full_page_writes')", "'on'")
        .replace("current_setting('synchronous_commit')", "'on'"),
    )  # fmt: skip
    monkeypatch.setattr(machine, "CHECKUPS", [machine.storage, machine.disk, machine.gathered])
    monkeypatch.setattr(configuration, "CHECKUPS", [configuration.safety, configuration.secrets])
    monkeypatch.setattr(
        examination, "OWN",
        [*configuration.CHECKUPS, *database.CHECKUPS, *examination.valkey.CHECKUPS,
         *machine.CHECKUPS],
    )  # fmt: skip


def test_a_hub_that_is_well_has_nothing_to_mend(well):
    assert told() == {}


def sql(text):
    return lambda _people, _settings: workbench.sql(text)


def _old_job(people, _settings):
    job = workbench.make_job("sleep", brand=people.brand)
    workbench.sql(
        "UPDATE ai_core_aijob SET created_at = now() - interval '2 h' WHERE id = %s", job.pk
    )


def _unserved(people, _settings):
    workbench.make_job("sleep", brand=people.brand)
    ServiceHeartbeat.objects.filter(kind="worker").update(facts={"queues": ["training"]})


def _stuck_lease(people, _settings):
    workbench.claimed_job("sleep", brand=people.brand)
    workbench.sql("UPDATE ai_core_aijob SET lease_expires_at = now() - interval '5 min'")


def _missing_file(people, _settings):
    from ai_core.models import Artifact

    job = workbench.make_job("sleep", brand=people.brand)
    Artifact.objects.create(
        job=job, name="a", path="gone/a", size=1, content_type="text/plain", sha256="0" * 64
    )


def _false_count(people, _settings):
    from ai_core.models import AIJobType, JobPile

    JobPile.objects.create(
        brand=people.brand, job_type=AIJobType.objects.first(), status="failed", priority=1, jobs=3
    )


def _false_quota(people, _settings):
    from ai_providers.models import ProviderQuota, QuotaUse

    quota = ProviderQuota.objects.create(brand=people.brand, unit="money", limit=5)
    QuotaUse.objects.create(quota=quota, period_start="2026-01-01", used=3)


def _key_of_other_keys(people, settings):
    factories.make_provider(people.brand)
    settings.CREDENTIAL_KEYS = "1oBqAJ6AJ8cCXuVPC3QIMY2Ez29eDXwlKAL5Q4p1-7A="


ILLNESSES = {
    "no worker": (sql("DELETE FROM ai_core_serviceheartbeat WHERE kind = 'worker'"), "workers"),
    "no sweeper": (sql("DELETE FROM ai_core_serviceheartbeat WHERE kind = 'sweeper'"), "sweepers"),
    "a wrong clock": (
        lambda *_: seen("gateway", clock_ahead=-40.0), "clocks",
    ),
    "a paused queue": (
        lambda *_: Queue.objects.filter(name="training").update(is_paused=True), "queue training",
    ),
    "a queue that nobody serves": (_unserved, "queue default"),
    "a job that waits": (_old_job, "queue default"),
    "a stuck lease": (_stuck_lease, "leases"),
    "a missing file": (_missing_file, "artifacts"),
    "false counts": (_false_count, "counts"),
    "a false quota": (_false_quota, "quotas"),
    "a key that cannot be opened": (_key_of_other_keys, "providers' keys"),
    "a missing migration": (
        lambda *_: MigrationRecorder.Migration.objects.filter(app="sessions").delete(),
        "migrations",
    ),
    "a trigger that is off": (
        sql("ALTER TABLE ai_core_aijob DISABLE TRIGGER job_guard"), "triggers",
    ),
    "a changed function": (
        sql("""CREATE OR REPLACE FUNCTION ai_core_job_born() RETURNS trigger
               LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"""),
        "functions",
    ),
    "no superuser": (sql("UPDATE auth_user SET is_superuser = false"), "people"),
    "a key that expires": (
        lambda people, _settings: factories.make_key(
            people.owner, people.brand, expires_at=datetime.now(UTC) + timedelta(days=3)
        ),
        "API keys",
    ),
    "a storage that cannot be written": (
        lambda _people, settings: setattr(settings, "MEDIA_ROOT", "/proc/nowhere"), "storage",
    ),
    "debugging": (lambda _people, settings: setattr(settings, "DEBUG", True), "settings"),
    "no TLS": (lambda _people, settings: setattr(settings, "HTTPS", False), "settings"),
    "no Valkey": (
        lambda _people, settings: setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0"), "Valkey",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ILLNESSES)
def test_each_illness_is_seen_and_nothing_else(well, people, settings, name):
    make_ill, part = ILLNESSES[name]
    make_ill(people, settings)
    assert list(told()) == [part], told()


def test_what_counts_everything_is_left_out_when_in_a_hurry(well, people, settings):
    _false_count(people, settings)
    assert told(quick=True) == {}


def test_a_checkup_that_breaks_is_a_finding_and_stops_no_other(well, monkeypatch):
    def lungs():
        raise RuntimeError("no air")
        yield

    monkeypatch.setattr(examination, "OWN", [lungs, *examination.OWN])
    assert told() == {"lungs": ["failed: could not be checked: RuntimeError: no air"]}


@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_says_so_once(monkeypatch):
    monkeypatch.setattr(examination, "OWN", [*database.CHECKUPS])
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = 1
    try:
        found = told()
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert found == {"database": ["failed: the database does not answer"]}


def test_the_command_speaks_to_people_and_to_programs(well):
    out = io.StringIO()
    call_command("doctor", stdout=out, no_color=True)
    assert "0 warnings, 0 failed" in out.getvalue()
    ServiceHeartbeat.objects.all().delete()
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("doctor", "--json", stdout=out)
    assert end.value.code == 1
    facts = json.loads(out.getvalue())
    assert not facts["healthy"]
    assert facts["counts"]["failed"] == 2
    workers = next(one for one in facts["findings"] if one["part"] == "workers")
    assert "manage.py worker" in workers["mend"]
