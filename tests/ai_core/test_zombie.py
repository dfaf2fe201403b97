"""The directed zombie: a worker sleeps past its lease, another finishes the job, the first wakes.

Random chaos finds a missing fence only now and then; this finds it every time. The control runs
the same test against statements whose fence has been taken out, and must see what it did.
"""

from pathlib import Path

import pytest

from ai_core.models import AIJob, AIJobData, Artifact
from bench.torture import invariants
from tests.ai_core.processes import Fleet, HubProcess
from tests.ai_core.workbench import make_job, sql, wait_for_end, wait_until

pytestmark = pytest.mark.slow

WITHOUT_FENCE = ["-m", "bench.torture.without_fence"]


def trial(fleet: Fleet, gates: Path, *, kind: str, program: list[str] | None) -> AIJob:
    """Let attempt 1 wake up after attempt 2 has completed; return the job as it is then."""
    fleet.sweeper()
    first = fleet.worker(program=program)
    job = make_job(kind, input_data={"gates": str(gates)})
    wait_until((gates / "begun-1").exists)
    first.freeze()
    fleet.worker(program=program)
    wait_until((gates / "begun-2").exists)
    (gates / "open-2").touch()
    wait_for_end(job)
    assert job.attempt == 2
    (gates / "open-1").touch()
    first.thaw()
    wait_until((gates / "written-1").exists)
    wait_until(lambda: has_settled(first))
    job.refresh_from_db()
    return job


def has_settled(worker: HubProcess) -> bool:
    """It says so in its log, or it has nothing left in hand after a TERM."""
    worker.process.terminate()
    return worker.process.wait(15) == 0


def traces(job: AIJob, attempt: int) -> list[str]:
    """Everything that this attempt has managed to write after it had lost its lease."""
    mark = f"by-attempt-{attempt}"
    data = AIJobData.objects.get(pk=job.pk)
    found = {
        "log": job.logs.filter(message__contains=mark).exists(),
        "progress": job.substatus == mark,
        "stage": job.stage == mark or job.stages.filter(name=mark).exists(),
        "metric": job.metrics.filter(step=attempt).exists() if hasattr(job, "metrics") else False,
        "event": job.events.filter(message=mark).exists(),
        "usage": any(entry["kind"] == mark for entry in data.usage),
        "checkpoint": (data.checkpoint or {}).get("mark") == mark,
        "artifact": Artifact.objects.filter(job=job, name=f"{mark}.txt").exists(),
        "result": (data.result_data or {}).get("mark") == mark,
        "result attempt": data.result_attempt == attempt,
    }
    return [name for name, written in found.items() if written]


@pytest.mark.parametrize("kind", ["gated", "gated-process"])
def test_an_attempt_that_slept_past_its_lease_writes_nothing(
    fleet: Fleet, tmp_path: Path, kind: str
):
    job = trial(fleet, tmp_path, kind=kind, program=None)
    assert job.status == "completed"
    assert traces(job, 1) == []
    assert set(traces(job, 2)) >= {"log", "event", "usage", "checkpoint", "artifact", "result"}
    assert (job.attempt, job.losses) == (2, 1)
    assert invariants.broken(sql) == {}


def test_without_the_fence_the_same_trial_is_red(fleet: Fleet, tmp_path: Path):
    job = trial(fleet, tmp_path, kind="gated", program=WITHOUT_FENCE)
    assert {"log", "usage", "result"} <= set(traces(job, 1))
    assert invariants.broken(sql)
