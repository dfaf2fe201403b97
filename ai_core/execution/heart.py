"""The beat: one thread renews all leases of this process, and hears the orders in the answer."""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection

from ai_core import lifecycle, notices
from ai_core.errors import TransitionRefused
from ai_core.execution import statements
from ai_core.execution.attempts import Attempt
from ai_core.models import AIJob

log = logging.getLogger(__name__)

TRUST = 0.8  # of a lease: after so long without an answer we stop before others may start


class Heart:
    def __init__(
        self, attempts: Callable[[], list[Attempt]], *, on_timeout: Callable[[Attempt], None]
    ) -> None:
        self._attempts = attempts
        self._on_timeout = on_timeout
        self._now = threading.Event()
        self._closing = threading.Event()

    def look_now(self) -> None:
        self._now.set()

    def close(self) -> None:
        self._closing.set()
        self._now.set()

    def run(self) -> None:
        """Beat until closed; the body of a thread."""
        next_beat = 0.0
        while not self._closing.is_set():
            self._now.wait(settings.LOOK_SECONDS)
            self._now.clear()
            renew = time.monotonic() >= next_beat
            if renew:
                next_beat = time.monotonic() + settings.BEAT_SECONDS
            try:
                self.once(renew=renew)
            except Error as error:
                log.warning("the beat found no database: %s", error)
                connection.close()
                next_beat = 0.0
            self._distrust()

    def once(self, *, renew: bool) -> None:
        asked_at = time.monotonic()
        held = [a for a in self._attempts() if not a.settled.is_set()]
        leases = [(a.claimed.id, a.claimed.token) for a in held]
        if leases:
            answer = statements.beat(leases) if renew else statements.look(leases)
            orders = {order.id: order.stop for order in answer}
            for attempt in held:
                self._obey(attempt, orders.get(attempt.claimed.id))
                if renew and attempt.claimed.id in orders:
                    attempt.trusted_until = asked_at + settings.LEASE_SECONDS * TRUST
        if renew:
            self._tell_of_stopping()

    def _obey(self, attempt: Attempt, order: str | None) -> None:
        if order is None:
            # Settled in this very moment, cancelled, or taken by another: in no case ours.
            if not attempt.settled.is_set():
                attempt.stop("cancelled")
        elif order == "timeout":
            if attempt.stop_reason != "timeout":
                attempt.stop("timeout")
                self._on_timeout(attempt)
        elif order == "brand":
            end_with_its_brand(attempt.claimed.id)
        elif order:
            attempt.stop(order)

    def _tell_of_stopping(self) -> None:
        """Work that goes on after a cancel still takes its slot; say so, or free it."""
        going_on = [a for a in self._attempts() if a.stop_reason and not a.left.is_set()]
        if going_on:
            statements.still_stopping([(a.claimed.id, a.claimed.token) for a in going_on])

    def _distrust(self) -> None:
        now = time.monotonic()
        for attempt in self._attempts():
            if attempt.trusted_until < now and not attempt.settled.is_set():
                attempt.stop("lost")


def end_with_its_brand(job_pk: int) -> None:
    """A brand that was suspended runs nothing: its running jobs are cancelled."""
    job = AIJob.objects.get(pk=job_pk)
    try:
        lifecycle.cancel(job, user=None, reason="brand suspended")
    except TransitionRefused:
        log.debug("%s ended by itself before its brand was suspended", job.job_id)


def listen_for_orders(heart: Heart, closing: threading.Event) -> None:
    """Look at the orders as soon as somebody gives one; the body of a thread."""
    while not closing.is_set():
        try:
            with notices.client().pubsub(ignore_subscribe_messages=True) as channel:
                channel.subscribe(notices.ORDERS)
                while not closing.is_set():
                    if channel.get_message(timeout=1.0) is not None:
                        heart.look_now()
        except Exception as error:  # the next look comes by itself
            log.debug("no orders through Valkey: %s", error)
            closing.wait(1.0)
