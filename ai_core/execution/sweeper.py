"""The sweeper: takes back what lost workers held, makes due what is due, purges what is deleted.

Any number of sweepers may run: every statement of theirs is idempotent.
"""

import logging
import os
import signal
import socket
import threading
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import Error, connection
from django.dispatch import Signal

from ai_core import bell, duties, purge, tally
from ai_core.execution import statements
from ai_core.execution.worker import forget, tell
from ai_core.models import Queue, ServiceHeartbeat
from ai_core.signals import housekeeping, swept

log = logging.getLogger(__name__)

HOUSEKEEPING_SWEEPS = 30
GONE_AFTER = timedelta(minutes=10)


def serve() -> None:
    """Sweep until TERM or INT; the whole life of a sweeper process."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    name = f"sweeper:{socket.gethostname()}:{os.getpid()}"
    started = datetime.now(UTC)
    sweeps = 0
    log.info("%s sweeps every %s s", name, settings.SWEEP_SECONDS)
    hands = duties.begin(stop)
    while not stop.wait(settings.SWEEP_SECONDS):
        try:
            sweep()
            tally.fold()
            announce(swept)
            sweeps += 1
            if sweeps % HOUSEKEEPING_SWEEPS == 1:
                keep_house()
        except Error as error:
            log.warning("no sweep without a database: %s", error)
            connection.close()
        else:
            tell("sweeper", name, started, facts={"sweeps": sweeps})
    for hand in hands:  # whoever waits for somebody's answer is not waited for long
        hand.join(settings.STOP_GRACE_SECONDS)
    forget(name)


def sweep() -> statements.Reaped:
    reaped = statements.reap()
    if reaped.due_queues:
        names = dict(Queue.objects.values_list("pk", "name"))
        for queue_id in reaped.due_queues:
            bell.ring(names[queue_id])
    if reaped.ended or reaped.recovered:
        log.warning("%s jobs recovered, %s ended", reaped.recovered, reaped.ended)
    return reaped


def keep_house() -> None:
    """What need not happen every second."""
    purge.purge_deleted()
    ServiceHeartbeat.objects.filter(seen_at__lt=datetime.now(UTC) - GONE_AFTER).delete()
    announce(housekeeping)


def announce(signal: Signal) -> None:
    for receiver, error in signal.send_robust(sender=None):
        if error is not None:
            log.error("a sweeper's call failed in %r", receiver, exc_info=error)
