"""A worker process: the runner in its threads, Celery's consumer in the main one.

Celery only hears bells. When its connection is gone, or it gives up for good, it is started again
beside the running jobs; none of them notices.
"""

import json
import logging
import os
import signal
import threading
import time
from datetime import UTC, datetime
from multiprocessing import forkserver
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import Error, connection

from ai_core.execution import children, runner
from ai_core.execution.runner import Runner
from ai_core.models import Queue, ServiceHeartbeat

log = logging.getLogger(__name__)

TELL_SECONDS = 2.0
CLOGGED = os.EX_TEMPFAIL


def serve(*, queues: list[str] | None) -> None:
    """Work until TERM or INT; the whole life of a worker process."""
    current = Runner(queues=queues)
    runner.set_current(current)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children.forks()
    forkserver.ensure_running()  # the first computing job need not wait for it
    current.start()
    threading.Thread(target=_hear_bells, args=(queues,), name="bells", daemon=True).start()
    log.info("worker %s takes jobs", current.name)
    started = datetime.now(UTC)
    code = 0
    while not stop.wait(TELL_SECONDS):
        tell("worker", current.name, started, facts=_facts(current))
        if os.getppid() == 1 and _had_a_parent:
            break
        if current.is_clogged():
            log.error("half of the slots hang in code that does not stop; starting afresh")
            code = CLOGGED
            break
    log.info("worker %s gives back what it holds", current.name)
    current.shut_down(settings.SHUTDOWN_SECONDS)
    forget(current.name)
    os._exit(code)  # a thread that hangs in somebody's code must not keep the process


_had_a_parent = os.getppid() != 1


def _facts(current: Runner) -> dict[str, Any]:
    return {
        "running": len(current.attempts()),
        "claims": current.claims,
        "settled": current.settler.count,
        "slots": {way.value: pool.slots for way, pool in current.pools.items()},
        "queues": current.known.only_queues,
        "types": sorted(kind.name for kind in current.known.types.values()),
    }


_TELL = """
INSERT INTO ai_core_serviceheartbeat (name, kind, started_at, facts, seen_at)
SELECT %s, %s, %s, %s::jsonb || jsonb_build_object('clock_ahead',
  round(extract(epoch FROM %s::timestamptz - clock_timestamp()), 1)), clock_timestamp()
ON CONFLICT (name) DO UPDATE SET
  kind = excluded.kind, started_at = excluded.started_at, facts = excluded.facts,
  seen_at = excluded.seen_at
"""


def tell(kind: str, name: str, started: datetime, *, facts: dict[str, Any]) -> None:
    """Note that this process is alive; readiness and the workers page read it.

    By the database's clock: a machine whose clock is wrong must not seem gone. How far it is off
    is noted too, for `manage.py doctor`.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(_TELL, [name, kind, started, json.dumps(facts), datetime.now(UTC)])
    except Error as error:
        log.warning("nobody can see that %s is alive: %s", name, error)
        connection.close()


def forget(name: str) -> None:
    try:
        ServiceHeartbeat.objects.filter(name=name).delete()
    except Error:
        log.debug("the row of %s stays until it is swept", name)


def _hear_bells(queues: list[str] | None) -> None:
    """Run Celery's consumer, again and again."""
    rest = 0.5
    while True:
        begun = time.monotonic()
        try:
            names = queues or list(Queue.objects.values_list("name", flat=True))
            connection.close()
            consumer = current_app.WorkController(
                app=current_app,
                pool="solo",
                queues=names,
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
                loglevel="WARNING",
            )
            consumer.start()
            log.warning("Celery's consumer ended; starting it again")
        except BaseException as error:  # it may raise SystemExit: that is not about us
            log.warning("Celery's consumer gave up (%s); starting it again", error)
        rest = 0.5 if time.monotonic() - begun > 60 else min(rest * 2, 10)
        time.sleep(rest)
