"""procrastinate, as its documentation shows it: a worker process, jobs deferred one by one.

usage: python procrastinate_peer.py e2e|drain|idle N   (or `work`, for its own workers)
"""

import asyncio
import json
import os
import subprocess
import sys
import time

import procrastinate
import psycopg

URL = os.environ["DATABASE_URL"]
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=URL))
sync_app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=URL))


async def nothing() -> None:
    return None


app.task(name="nothing")(nothing)
defer_nothing = sync_app.task(name="nothing")(lambda: None)


def work() -> None:
    async def run() -> None:
        async with app.open_async():
            await app.run_worker_async(concurrency=10, install_signal_handlers=True)

    asyncio.run(run())


def main(mode: str, count: int) -> dict[str, float]:
    with psycopg.connect(URL, autocommit=True) as admin, sync_app.open():
        if admin.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()[0] is None:
            sync_app.schema_manager.apply_schema()
        admin.execute("TRUNCATE procrastinate_jobs CASCADE")
        if mode == "drain":
            for _ in range(count):
                defer_nothing.defer()
        workers = [subprocess.Popen([sys.executable, __file__, "work"]) for _ in range(2)]
        try:
            if mode == "drain":
                return {"per_second": count / _drained(admin, count)}
            _warm(admin)
            return _end_to_end(admin, count) if mode == "e2e" else _idle(admin, count)
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(30)


def _warm(admin: psycopg.Connection) -> None:
    defer_nothing.defer()
    _wait(admin, 1)
    time.sleep(1)
    admin.execute("TRUNCATE procrastinate_jobs CASCADE")


def _end_to_end(admin: psycopg.Connection, count: int) -> dict[str, float]:
    print("begin", flush=True)
    begun = time.perf_counter()
    for _ in range(count):
        defer_nothing.defer()
    _wait(admin, count)
    seconds = time.perf_counter() - begun
    print("end", flush=True)
    return {"per_second": count / seconds}


def _drained(admin: psycopg.Connection, count: int) -> float:
    _wait(admin, count)
    row = admin.execute(
        "SELECT extract(epoch FROM max(at) FILTER (WHERE type = 'succeeded')"
        " - min(at) FILTER (WHERE type = 'started')) FROM procrastinate_events"
    ).fetchone()
    return float(row[0])


def _idle(admin: psycopg.Connection, count: int) -> dict[str, float]:
    waits = []
    for number in range(count):
        defer_nothing.defer()
        committed = time.time()
        _wait(admin, number + 1, 0.002)
        row = admin.execute(
            "SELECT extract(epoch FROM max(at)) FROM procrastinate_events WHERE type = 'started'"
        ).fetchone()
        waits.append((float(row[0]) - committed) * 1000)
        time.sleep(0.1)
    waits.sort()
    return {"median_ms": waits[len(waits) // 2], "p95_ms": waits[int(len(waits) * 0.95)]}


def _wait(admin: psycopg.Connection, count: int, rest: float = 0.02) -> None:
    limit = time.monotonic() + 180
    query = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'"
    while admin.execute(query).fetchone()[0] < count:
        if time.monotonic() > limit:
            raise TimeoutError("procrastinate did not end in time")
        time.sleep(rest)


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work()
    else:
        print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
