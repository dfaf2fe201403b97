"""The hub from start to stop, top to bottom."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from megahub import environment as env
from megahub import running
from megahub.guardian import Guardian
from megahub.up import folder, port, services
from megahub.up.log import Log
from megahub.up.processes import Process
from megahub.up.refusal import Refusal
from megahub.up.supervisor import Supervisor
from megahub.up.welcome import Welcome

PROCESSES = ("web", "worker", "sweeper")
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


class Stopped(BaseException):
    """Ctrl-C or TERM: stop whatever is being done; not an error."""


def main() -> int:
    """Run the hub until it is told to stop; return the exit code."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        return _run(Log())
    except Refusal as refusal:
        print(f"MEGAHUB does not start: {refusal}", file=sys.stderr)
        return 1
    except Stopped:
        return 0


def _stop(number: int, _frame: object) -> None:
    # Whoever presses Ctrl-C twice does not wait: the guardian cleans up behind us.
    signal.signal(number, signal.SIG_DFL)
    raise Stopped


def _run(log: Log) -> int:
    settings = _settings()
    with contextlib.ExitStack() as stack:
        listener = port.listen(settings.BIND, settings.PORT)
        stack.callback(listener.close)
        lock = folder.hold(settings.DATA)
        stack.callback(os.close, lock)
        guard = Guardian(hold=[lock])
        stack.callback(guard.close)
        log.say(f"data in {settings.DATA}")
        environment, embedded = _services(settings, guard, log, stack)
        facts = _prepare(environment, guard, log)
        welcome = Welcome(log, f"http://localhost:{settings.PORT}", facts["password"])
        stack.callback(welcome.hand_over_password)  # also when we are stopped before the end
        processes = [
            Process(
                name=name,
                command=_manage(name, *(["--fd", str(listener.fileno())] if name == "web" else [])),
                guard=guard,
                log=log,
                inherit=[listener.fileno()] if name == "web" else [],
            )
            for name in PROCESSES
            if name in facts["commands"]
        ]
        supervisor = Supervisor(processes, embedded=embedded, log=log, environment=environment)
        stack.callback(supervisor.stop, _patience(settings))
        supervisor.start()
        ready = port.wait_until_ready(
            settings.BIND, settings.PORT, look_after=supervisor.look_after
        )
        welcome.say(ready=ready)
        supervisor.run()
    return 0


def _patience(settings: Any) -> float:
    """A worker finishes what is short, then asks and writes down: killed earlier, it loses jobs."""
    return float(settings.SHUTDOWN_SECONDS + settings.STOP_GRACE_SECONDS + 5)


def _settings() -> Any:
    """Read the settings only to refuse wrong values before anything is touched."""
    try:
        from megahub import settings  # noqa: PLC0415 (reading them is what may fail)
    except ImproperlyConfigured as error:
        raise Refusal(str(error)) from None
    return settings


def _services(
    settings: Any, guard: Guardian, log: Log, stack: contextlib.ExitStack
) -> tuple[dict[str, str], list[services.Service]]:
    """Start or check the services and tell other commands; return the children's environment."""
    database_url, postgres = services.database(
        env.text("DATABASE_URL"),
        data=settings.DATA,
        guard=guard,
        connections=_connections(settings),
    )
    if postgres is not None:
        stack.callback(postgres.stop)
    redis_url, valkey = services.valkey(env.text("REDIS_URL"), data=settings.DATA, guard=guard)
    if valkey is not None:
        stack.callback(valkey.stop)
    key = env.signing_key("MEGAHUB_SECRET_KEY") or folder.secret_key(settings.DATA)
    facts = {"database_url": database_url, "redis_url": redis_url, "secret_key": key}
    running.write(settings.DATA, {**facts, "pid": os.getpid(), "port": settings.PORT})
    stack.callback(running.forget, settings.DATA)
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MEGAHUB_SECRET_KEY": key,
        "MEGAHUB_DATA": str(settings.DATA),
        "MEGAHUB_LOG": os.environ.get("MEGAHUB_LOG") or "pretty",
        "MEGAHUB_LOG_COLOURS": "1" if log.colours else "0",
        "PYTHONUNBUFFERED": "1",
    }
    return environment, [service for service in (postgres, valkey) if service is not None]


def _connections(settings: Any) -> int:
    """Each slot keeps a connection. Leave room for a second worker, streams, gateway, commands."""
    slots = settings.WORKER_SLOTS + settings.WORKER_PROCESSES
    return max(100, 60 + settings.WEB_THREADS + 2 * slots)


def _prepare(environment: dict[str, str], guard: Guardian, log: Log) -> dict[str, Any]:
    """Bring database, static files and first user in step, in a process of its own."""
    log.say("preparing: database, static files, first user")
    password = os.environ.get("MEGAHUB_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as report:
        child = guard.spawn(
            _manage("prepare", "--report", str(write_end)),
            env={**environment, "MEGAHUB_ADMIN_PASSWORD": password},
            output=subprocess.PIPE,
            inherit=[write_end],
        )
        os.close(write_end)
        with _ended(child, guard):
            log.follow("prepare", child)
            told = report.read()
            if child.wait() != 0:
                raise Refusal("the database could not be prepared; the lines above say why")
    facts: dict[str, Any] = json.loads(told)
    facts["password"] = password if facts["admin_made"] else ""
    return facts


@contextlib.contextmanager
def _ended(child: subprocess.Popen[bytes], guard: Guardian) -> Iterator[None]:
    """Leave no child behind when we are told to stop meanwhile."""
    try:
        yield
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
        guard.forget(child)


def _manage(*words: str) -> list[str]:
    return [sys.executable, str(MANAGE), *words]
