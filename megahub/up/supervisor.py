"""The loop that keeps everything running."""

import threading
from collections.abc import Mapping, Sequence

from megahub.embedded import EmbeddedError
from megahub.up.log import Log
from megahub.up.processes import Process, stop_all
from megahub.up.services import Service

LOOK_SECONDS = 0.2


class Supervisor:
    """Looks at everything it started five times a second, until a signal interrupts it."""

    def __init__(
        self,
        processes: Sequence[Process],
        *,
        embedded: Sequence[Service],
        log: Log,
        environment: Mapping[str, str],
    ) -> None:
        self._processes = processes
        self._embedded = embedded
        self._log = log
        self._environment = environment
        self._never = threading.Event()

    def start(self) -> None:
        for process in self._processes:
            process.start(self._environment)

    def run(self) -> None:
        while True:
            self.look_after()

    def look_after(self) -> None:
        """One look, at the pace of the loop."""
        for service in self._embedded:
            self._look_after_service(service)
        for process in self._processes:
            process.look_after(self._environment)
        self._never.wait(LOOK_SECONDS)

    def stop(self, grace: float) -> None:
        self._log.say("stopping")
        stop_all(self._processes, grace)

    def _look_after_service(self, service: Service) -> None:
        if service.process is not None and service.process.poll() is None:
            return
        name = type(service).__name__
        self._log.say(f"{name} ended; starting it again")
        try:
            service.start()
        except EmbeddedError as error:
            self._log.say(str(error))
