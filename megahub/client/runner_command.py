"""`megahub runner`: this machine computes trainings for the hub."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from megahub.client.exits import Exit, Stop
from megahub.client.hub import Hub
from megahub.runner.catch_up import catch_up
from megahub.runner.machine import Machine, Wanted
from megahub.runner.place import spool_folder
from megahub.runner.wire import Refused, Wire

CATCH_UP_SECONDS = 60.0
_EPILOG = """\
The command finds the run in MEGAHUB_RUN, MEGAHUB_RUN_FILE (JSON), MEGAHUB_DATASET and
MEGAHUB_CHECKPOINT; what it writes into MEGAHUB_OUTPUT is uploaded when it ends.

signals: TERM and INT give the run back to the hub, HUP leaves it running for the next start
"""


def add(verbs: Any, shared: argparse.ArgumentParser) -> None:
    parser = verbs.add_parser(
        "runner",
        parents=[shared],
        help="claim trainings and run their command on this machine",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(call=run)
    parser.add_argument("--name", default=socket.gethostname(), help="default: this machine's")
    parser.add_argument("--run", default="", metavar="JOB", help="only this run")
    parser.add_argument("--once", action="store_true", help="end after one run; 3 when it failed")
    parser.add_argument(
        "--trust-jobs",
        action="store_true",
        help="run the command that a job names: whoever may make jobs may then run it here",
    )
    parser.add_argument("--grace", type=float, default=60.0, help="seconds between TERM and KILL")
    parser.add_argument("--lease-seconds", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, help="where runs and their output are kept")
    parser.add_argument("--catch-up", action="store_true", help="only send what waits here")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="after --")


def run(hub: Hub, asked: Namespace) -> Exit:
    wire = Wire(hub.config.url, hub.config.api_key, hub.config.brand)
    if asked.catch_up:
        return _catch_up(wire)
    if not asked.command and not asked.trust_jobs:
        raise Stop(
            "Which command? Give it after `--`, or say --trust-jobs to run what each job names.",
            Exit.USAGE,
        )
    wanted = Wanted(
        name=asked.name,
        folder=asked.folder or _state_folder() / asked.name.replace("/", "_"),
        command=asked.command,
        trusts_jobs=asked.trust_jobs,
        run=asked.run,
        once=asked.once,
        grace=asked.grace,
        lease_seconds=asked.lease_seconds,
    )
    try:
        machine = Machine(wire, wanted, say=_say)
        machine.listen()
        ended = machine.go()
    except Refused as refused:
        raise Stop(f"The hub refuses: {refused}.") from None
    except OSError as error:
        raise Stop(str(error)) from None
    return Exit.JOB_FAILED if asked.once and ended == "failed" else Exit.OK


def _catch_up(wire: Wire) -> Exit:
    left = catch_up(wire, spool_folder(os.environ), timeout=CATCH_UP_SECONDS)
    for reference, waiting in left.items():
        print(f"{reference}  " + (f"{waiting} reports still wait" if waiting else "sent"))
    return Exit.ERROR if any(left.values()) else Exit.OK


def _state_folder() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "megahub" / "runner"


def _say(text: str) -> None:
    print(f"megahub: {text}", file=sys.stderr, flush=True)
