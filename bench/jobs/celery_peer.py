"""Celery with two bare UPDATEs a job on a kept connection: what one would write by hand.

usage: python celery_peer.py e2e|drain|idle N
"""

import json
import os
import subprocess
import sys
import time

import psycopg
from celery import Celery

URL = os.environ["DATABASE_URL"]
app = Celery("celery_peer", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=4,
    broker_transport_options={"global_keyprefix": "peer:"},
    worker_hijack_root_logger=False,
)
_kept: dict[int, psycopg.Connection] = {}


def database() -> psycopg.Connection:
    if os.getpid() not in _kept:
        _kept[os.getpid()] = psycopg.connect(URL, autocommit=True)
    return _kept[os.getpid()]


@app.task(name="nothing")
def nothing(job: int) -> None:
    database().execute(
        "UPDATE peer_job SET status = 'running', started_at = clock_timestamp()"
        " WHERE id = %s AND status = 'pending'",
        [job],
    )
    database().execute(
        "UPDATE peer_job SET status = 'completed', completed_at = clock_timestamp()"
        " WHERE id = %s AND status = 'running'",
        [job],
    )


def create() -> int:
    row = database().execute("INSERT INTO peer_job DEFAULT VALUES RETURNING id").fetchone()
    nothing.delay(row[0])
    return row[0]


def main(mode: str, count: int) -> dict[str, float]:
    database().execute(
        "CREATE TABLE IF NOT EXISTS peer_job (id bigserial PRIMARY KEY,"
        " status text NOT NULL DEFAULT 'pending', created_at timestamptz DEFAULT now(),"
        " started_at timestamptz, completed_at timestamptz)"
    )
    database().execute("TRUNCATE peer_job")
    app.control.purge()
    if mode == "drain":
        for _ in range(count):
            create()
    command = [sys.executable, "-m", "celery", "-A", "celery_peer", "worker", "-c", "2"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"]
    worker = subprocess.Popen([*command, *quiet], cwd=os.path.dirname(os.path.abspath(__file__)))
    try:
        if mode == "drain":
            _wait(count)
            row = (
                database()
                .execute(
                    "SELECT extract(epoch FROM max(completed_at) - min(started_at)) FROM peer_job"
                )
                .fetchone()
            )
            return {"per_second": count / float(row[0])}
        create()
        _wait(1)
        time.sleep(0.5)
        database().execute("TRUNCATE peer_job")
        return _end_to_end(count) if mode == "e2e" else _idle(count)
    finally:
        worker.terminate()
        worker.wait(30)


def _end_to_end(count: int) -> dict[str, float]:
    print("begin", flush=True)
    begun = time.perf_counter()
    for _ in range(count):
        create()
    _wait(count)
    seconds = time.perf_counter() - begun
    print("end", flush=True)
    return {"per_second": count / seconds}


def _idle(count: int) -> dict[str, float]:
    waits = []
    for number in range(count):
        job = create()
        committed = time.time()
        _wait(number + 1, 0.002)
        row = (
            database()
            .execute("SELECT extract(epoch FROM started_at) FROM peer_job WHERE id = %s", [job])
            .fetchone()
        )
        waits.append((float(row[0]) - committed) * 1000)
        time.sleep(0.1)
    waits.sort()
    return {"median_ms": waits[len(waits) // 2], "p95_ms": waits[int(len(waits) * 0.95)]}


def _wait(count: int, rest: float = 0.02) -> None:
    limit = time.monotonic() + 180
    query = "SELECT count(*) FROM peer_job WHERE status = 'completed'"
    while database().execute(query).fetchone()[0] < count:
        if time.monotonic() > limit:
            raise TimeoutError("Celery did not end in time")
        time.sleep(rest)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
