"""A hub is backed up while it works, and comes back elsewhere with all that it knew then."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from ai_core.models import Artifact
from megahub.backups import files, lost, taking
from tests import factories
from tests.ai_core.processes import Fleet
from tests.ai_core.workbench import sql, wait_for_end, wait_for_status
from tests.megahub.hub_process import GIVEN, ROOT, HubProcess

KEYS = "uMpGmEcZeQTKNQdVPTmYjBMzzG5s9oRp3Rj3sCxPbNM="


def manage(*words, data, **wanted):
    kept = {name: value for name, value in os.environ.items() if name not in GIVEN}
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, words)],
        cwd=ROOT,
        env={**kept, "MEGAHUB_DATA": str(data), **wanted},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def crew(transactional_db, people, tmp_path, settings):
    """Jobs in each state, one of them running in a real worker; a file and a sealed key."""
    from ai_core.execution import registry

    registry.sync()
    settings.CREDENTIAL_KEYS = KEYS
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    fleet = Fleet(tmp_path)
    fleet.worker(DJANGO_SETTINGS_MODULE="megahub.settings")
    yield people
    fleet.close()


@pytest.mark.slow
def test_a_working_hub_comes_back_in_another_place_and_says_what_is_lost(crew, tmp_path):
    provider = factories.make_provider(crew.brand)
    done = factories.make_job(crew.owner, crew.brand)
    wait_for_end(done)
    path = default_storage.save(f"1/{done.job_id}/a", ContentFile(b"a file"))
    Artifact.objects.create(
        job=done, name="a", path=path, size=6, content_type="text/plain", sha256="0" * 64
    )
    running = factories.make_job(crew.owner, crew.brand, input_data={"seconds": 1})
    sql("UPDATE ai_core_aijob SET timeout_seconds = 600 WHERE id = %s", running.pk)
    long = factories.make_job(crew.owner, crew.brand, input_data={"seconds": 300})
    wait_for_status(long, "running")

    call_command(
        "backup", tmp_path / "nightly", "--secrets", tmp_path / "keys", stdout=io.StringIO()
    )
    [backup] = (tmp_path / "nightly").glob("*Z")
    late = factories.make_job(crew.owner, crew.brand)
    log = tmp_path / "access.log"
    log.write_text(f"POST made {late.job_id}\nGET /ai/jobs/{done.job_id}/\n")

    manifest = json.loads((backup / "manifest.json").read_text())
    assert long.job_id in manifest["running"]
    secrets = (tmp_path / "keys").read_text()
    assert KEYS in secrets
    assert not [one for one in backup.iterdir() if KEYS.encode() in one.read_bytes()]

    there = tmp_path / "elsewhere" / "data"
    told = manage("restore", backup, "--secrets", tmp_path / "keys", "--logs", log, data=there)
    assert told.returncode == 0, told.stderr
    assert long.job_id in told.stdout
    assert f"lost: {late.job_id}  (POST made" in told.stdout
    assert f"lost: {done.job_id}" not in told.stdout

    hub = HubProcess(there, MEGAHUB_LEASE_SECONDS="1.5", MEGAHUB_SWEEP_SECONDS="0.2")
    try:
        hub.wait_for("/readyz")
        health = manage("doctor", "--json", data=there)
        findings = json.loads(health.stdout)
        assert findings["counts"]["failed"] == 0, [
            one for one in findings["findings"] if one["state"] == "failed"
        ]
        token = manage(
            "api_key", "create", "--user", "owner", "--brand", "owls", "--name", "after",
            data=there,
        ).stdout.split()[-1]  # fmt: skip
        assert provider.name in _get(hub, "/ai/providers/", token)
        assert '"status":"completed"' in _get(hub, f"/ai/jobs/{done.job_id}/", token)
        assert _get(hub, f"/ai/jobs/{late.job_id}/", token) == ""
        again = json.loads(_get(hub, f"/ai/jobs/{long.job_id}/", token))
        assert again["status"] == "running"
    finally:
        hub.end()


def _get(hub, path, token):
    import urllib.error
    import urllib.request

    request = urllib.request.Request(
        f"http://127.0.0.1:{hub.port}{path}", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError:
        return ""


def test_a_restore_touches_no_database_that_has_something(db, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "artifacts"
    call_command("backup", tmp_path / "backups", stdout=io.StringIO())
    [backup] = (tmp_path / "backups").glob("*Z")
    from tests.ai_core.processes import database_url

    told = manage("restore", backup, data=tmp_path / "data", DATABASE_URL=database_url())
    assert told.returncode == 1
    assert "give an empty one" in told.stderr
    dump = backup / taking.DUMP
    dump.write_bytes(dump.read_bytes()[:-1])
    told = manage("restore", backup, data=tmp_path / "data")
    assert (told.returncode, "not the file that was written" in told.stderr) == (1, True)


def test_secrets_never_lie_beside_the_backup(db, tmp_path):
    with pytest.raises(CommandError, match="another place"):
        call_command("backup", tmp_path, "--secrets", tmp_path / "keys")


def test_only_what_is_new_is_copied_and_never_half(tmp_path):
    source, target = tmp_path / "from", tmp_path / "to"
    (source / "1").mkdir(parents=True)
    (source / "1" / "a").write_text("aa")
    assert files.copy_new(source, target) == (1, 2)
    (target / "1" / "a").write_text("zz")  # it would be copied again if it were looked into
    (source / "1" / "b").write_text("b")
    (target / "1" / "b").write_text("")  # a copy that was cut off
    assert files.copy_new(source, target) == (2, 3)
    assert [(target / "1" / name).read_text() for name in "ab"] == ["zz", "b"]


def test_files_that_outlived_the_database_tell_of_lost_jobs(db, tmp_path):
    name = "ai_job_" + "a" * 26
    (tmp_path / "3" / name).mkdir(parents=True)
    (tmp_path / "3" / "something-else").mkdir()
    assert lost.in_files(tmp_path) == {name}
    assert list(lost.unknown([name])) == [name]
