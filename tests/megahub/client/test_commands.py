"""What the `megahub` command prints and how it ends, against a real server."""

from __future__ import annotations

import json
import signal
import threading
import time
from typing import Any

import pytest

from ai_core.models import AIJob
from ai_core.services import JobService
from tests import factories
from tests.ai_core.api.conftest import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def make_job(registered: None, people: Any) -> Any:
    return lambda status="pending", **facts: make(people, status, **facts)


def one_job(seconds: float = 15) -> AIJob:
    """Wait until the command has made its job."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if job := AIJob.objects.first():
            return job
        time.sleep(0.02)
    raise AssertionError("the command made no job")


def test_whoami_and_types(run):
    code, out, _err = run("whoami")
    assert code == 0
    assert "owner" in out
    assert "owls" in out
    code, out, _err = run("types", "--json")
    assert "sleep" in {one["name"] for one in json.loads(out)}
    assert run("types")[1].splitlines()[0].split()[:2] == ["NAME", "CATEGORY"]
    assert run("--version")[1].startswith("megahub 0")


def test_what_is_missing_for_a_type_stands_below_the_table(run, monkeypatch):
    from ai_core.executors.trials import Sleep

    monkeypatch.setattr(Sleep, "unavailable", lambda self: "Missing here: a bed.")
    code, out, err = run("types")
    assert code == 0
    line = next(line for line in out.splitlines() if line.startswith("sleep "))
    assert line.split()[3] == "no"
    assert "Missing here" not in out
    assert "sleep: Missing here: a bed." in err


class TestList:
    def test_a_table_for_people_and_json_for_programs(self, run, make_job):
        job = make_job("completed", description="first \x1b[31mred")
        code, out, _err = run("jobs", "list")
        assert code == 0
        head, line = out.splitlines()
        assert head.split()[:4] == ["ID", "JOB", "TYPE", "STATUS"]
        assert line.split()[:4] == [str(job.pk), job.job_id, "sleep", "completed"]
        assert "\x1b" not in out  # nothing from the hub drives the terminal
        assert json.loads(run("jobs", "list", "--json")[1])[0]["job_id"] == job.job_id

    def test_filters_and_limits(self, run, make_job, people):
        failed = make_job("failed", tags=["nightly"])
        others = [make_job(user=people.colleague) for _number in range(3)]
        ids = lambda *words: [  # noqa: E731
            job["id"] for job in json.loads(run("jobs", "list", "--json", *words)[1])
        ]
        assert ids("--status", "failed,timeout") == [failed.pk]
        assert ids("--mine") == [failed.pk]
        assert ids("--tag", "nightly") == [failed.pk]
        assert ids("--limit", "2") == [others[2].pk, others[1].pk]
        assert ids("--ordering", "created_at", "--limit", "1") == [failed.pk]

    def test_it_walks_beyond_one_page(self, run, make_job, monkeypatch, people):
        JobService.create_jobs(
            [_new() for _number in range(230)], user=people.owner, brand=people.brand
        )
        assert len(json.loads(run("jobs", "list", "--json", "--limit", "500")[1])) == 230


def _new() -> Any:
    from ai_core.services import NewJob

    return NewJob(job_type="sleep", input_data={"seconds": 0})


class TestCreate:
    def test_a_job_is_made_from_pairs_a_text_or_a_file(self, run, tmp_path):
        words = ("jobs", "create", "sleep", "--json")
        code, out, err = run(*words, "--set", "seconds=0.5", "--priority", "high", "--tag", "a")
        assert code == 0, err
        made = json.loads(out)
        assert made["input_data"] == {"seconds": 0.5}
        assert (made["priority"], made["tags"]) == ("high", ["a"])
        assert json.loads(run(*words, "--input", '{"seconds": 2}')[1])["input_data"]["seconds"] == 2
        file = tmp_path / "input.json"
        file.write_text('{"seconds": 3}')
        assert json.loads(run(*words, "--input-file", str(file))[1])["input_data"]["seconds"] == 3
        piped = run(*words, "--input-file", "-", given='{"seconds": 4}')[1]
        assert json.loads(piped)["input_data"]["seconds"] == 4

    def test_the_same_idempotency_key_is_the_same_job(self, run):
        words = ("jobs", "create", "sleep", "--json", "--idempotency-key", "k1")
        assert json.loads(run(*words)[1])["id"] == json.loads(run(*words)[1])["id"]
        assert AIJob.objects.count() == 1

    @pytest.mark.parametrize(("how", "code"), [("complete", 0), ("fail", 3)])
    def test_wait_ends_as_the_job_does(self, start, how, code):
        process = start("jobs", "create", "sleep", "--set", "seconds=0", "--wait")
        job = one_job()
        if how == "complete":
            JobService.process_job(job.pk)
        else:
            JobService.start_job(job.pk)
            JobService.fail_job(job.pk, "It broke.")
        out, err = process.communicate(timeout=30)
        assert process.returncode == code, err
        assert ("completed" if code == 0 else "It broke.") in out

    def test_a_refused_input_names_its_field(self, run):
        code, _out, err = run("jobs", "create", "sleep", "--set", "seconds=long")
        assert code == 1
        assert "VALIDATION_ERROR" in err
        assert "input_data.seconds" in err
        code, _out, err = run("jobs", "create", "slep")
        assert code == 1
        assert "did you mean sleep" in err


def test_get_shows_one_job_by_either_name(run, make_job):
    job = make_job("failed")
    for reference in (str(job.pk), job.job_id):
        code, out, _err = run("jobs", "get", reference)
        assert code == 0
        assert "It broke." in out
    assert json.loads(run("jobs", "get", job.job_id, "--json")[1])["id"] == job.pk
    code, _out, err = run("jobs", "get", "999999")
    assert (code, "NOT_FOUND" in err) == (1, True)


def test_cancel_stops_jobs_and_says_when_it_cannot(run, make_job):
    jobs = [make_job(), make_job()]
    code, out, _err = run("jobs", "cancel", *(str(job.pk) for job in jobs), "--reason", "typo")
    assert (code, len(out.splitlines())) == (0, 2)
    assert set(AIJob.objects.values_list("status", "cancel_reason")) == {("cancelled", "typo")}
    code, _out, err = run("jobs", "cancel", str(jobs[0].pk))
    assert (code, "JOB_NOT_CANCELLABLE" in err, "it is cancelled" in err) == (1, True, True)


def test_cancel_stops_the_others_when_one_cannot_be_stopped(run, make_job):
    first, last = make_job(), make_job()
    code, out, err = run("jobs", "cancel", str(first.pk), "999999", str(last.pk))
    assert (code, len(out.splitlines())) == (1, 2)
    assert "999999: There is no such" in err
    assert set(AIJob.objects.values_list("status", flat=True)) == {"cancelled"}


def test_logs_are_followed_until_the_job_is_over(start, make_job):
    job = make_job("running")
    JobService.append_log(job.pk, "line 0")
    process = start("jobs", "logs", "-f", str(job.pk))
    seen: list[str] = [process.stdout.readline()]
    JobService.append_log(job.pk, "line 1", level="warning")
    seen.append(process.stdout.readline())
    JobService.complete_job(job.pk, {})
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert [line.split()[-1] for line in seen] == ["0", "1"]
    assert "WARNING" in seen[1]
    assert out == ""


def test_logs_can_be_cut_and_filtered(run, make_job):
    job = make_job("running")
    for number in range(5):
        JobService.append_log(job.pk, f"line {number}", level="error" if number == 2 else "info")
    assert len(run("jobs", "logs", str(job.pk))[1].splitlines()) == 5
    last = run("jobs", "logs", str(job.pk), "--tail", "1")[1]
    assert last.strip().endswith("line 4")
    bad = run("jobs", "logs", str(job.pk), "--level", "error", "--json")[1]
    assert [json.loads(line)["message"] for line in bad.splitlines()] == ["line 2"]


class TestWait:
    @pytest.mark.parametrize(
        ("status", "code"), [("completed", 0), ("failed", 3), ("cancelled", 3), ("timeout", 3)]
    )
    def test_it_ends_as_the_jobs_did(self, run, make_job, status, code):
        done, other = make_job("completed"), make_job(status)
        assert run("jobs", "wait", str(done.pk), str(other.pk))[0] == code

    def test_it_gives_up_in_time(self, run, make_job):
        job = make_job()
        code, _out, err = run("jobs", "wait", str(job.pk), "--timeout", "0.3")
        assert (code, "not over" in err) == (4, True)

    def test_it_sees_the_end_soon(self, start, make_job):
        job = make_job("running")
        process = start("jobs", "wait", str(job.pk))
        threading.Timer(0.5, JobService.complete_job, [job.pk, {}]).run()
        out, err = process.communicate(timeout=30)
        assert (process.returncode, "completed" in out) == (0, True), err


def test_artifacts_are_listed_and_fetched(run, make_job, tmp_path):
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from ai_core.models import Artifact

    job = make_job("completed")
    path = default_storage.save(f"tests/{job.job_id}.txt", ContentFile(b"hello"))
    Artifact.objects.create(
        job=job, name="reports/a.txt", path=path, size=5, content_type="text/plain", sha256="0" * 64
    )
    assert "reports/a.txt" in run("jobs", "artifacts", str(job.pk))[1]
    code, out, err = run("jobs", "artifacts", str(job.pk), "--download", str(tmp_path / "files"))
    assert code == 0, err
    assert (tmp_path / "files" / "reports" / "a.txt").read_bytes() == b"hello"
    assert str(tmp_path / "files" / "reports" / "a.txt") in out
    default_storage.delete(path)


class TestConfiguration:
    def test_the_file_serves_where_the_environment_says_nothing(self, run, environment, tmp_path):
        folder = tmp_path / "config" / "megahub"
        folder.mkdir(parents=True)
        file = folder / "config.toml"
        file.write_text(
            f'url = "{environment["MEGAHUB_URL"]}"\napi_key = "{environment["MEGAHUB_API_KEY"]}"\n'
        )
        file.chmod(0o644)
        code, out, err = run("whoami", MEGAHUB_URL="", MEGAHUB_API_KEY="")
        assert (code, "owner" in out) == (0, True)
        assert "chmod 600" in err
        file.chmod(0o600)
        assert run("whoami", MEGAHUB_URL="", MEGAHUB_API_KEY="")[2] == ""

    @pytest.mark.parametrize(
        ("words", "more", "code", "said"),
        [
            (("whoami",), {"MEGAHUB_API_KEY": ""}, 2, "No API key"),
            (("whoami",), {"MEGAHUB_URL": "ftp://hub"}, 2, "http"),
            (("whoami",), {"MEGAHUB_API_KEY": "mh_wrong"}, 1, "INVALID_API_KEY"),
            (("whoami",), {"MEGAHUB_URL": "http://127.0.0.1:9"}, 1, "does not answer"),
            (("jobs", "fly"), {}, 2, "invalid choice"),
            ((), {}, 2, "required"),
            (("jobs", "create", "sleep", "--input", "[1]"), {}, 2, "JSON object"),
            (("jobs", "create", "sleep", "--input", "{"), {}, 2, "not JSON"),
            (("jobs", "create", "sleep", "--set", "seconds"), {}, 2, "name=value"),
            (("jobs", "list", "--limit", "0"), {}, 2, "1 or more"),
        ],
    )
    def test_what_is_wrong_is_said(self, run, words, more, code, said):
        ended, _out, err = run(*words, **more)
        assert (ended, said in err) == (code, True), err
        assert "Traceback" not in err


def test_ctrl_c_ends_it_quietly(start, make_job):
    job = make_job("running")
    JobService.append_log(job.pk, "here")
    process = start("jobs", "logs", "-f", str(job.pk))
    process.stdout.readline()  # it runs
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (130, "")


def test_a_stranger_sees_nothing(run, make_job, people):
    job = make_job()
    key = factories.make_key(people.stranger, people.other_brand).token
    assert run("jobs", "get", str(job.pk), MEGAHUB_API_KEY=key)[0] == 1
    assert json.loads(run("jobs", "list", "--json", MEGAHUB_API_KEY=key)[1]) == []
