"""Reads the command line of `megahub` and calls what it asks for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from megahub import __version__
from megahub.client import config, job_commands, other_commands, runner_command
from megahub.client.exits import Exit, Stop
from megahub.client.hub import Hub

_EPILOG = """\
The hub and the key come from MEGAHUB_URL and MEGAHUB_API_KEY, else from
~/.config/megahub/config.toml (url, api_key, brand).

exit codes: 0 done, 1 refused or unreachable, 2 wrong usage, 3 the job failed,
4 the job was not over in time, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        found = config.load()
        if asked.brand:
            found = replace(found, brand=asked.brand)
        code = asked.call(Hub(found), asked)
        sys.stdout.flush()
    except Stop as stop:
        print(f"megahub: {stop.message}", file=sys.stderr)
        return int(stop.code)
    except KeyboardInterrupt:
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        # `| head` has enough; Python must not complain about it when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.OK)
    return int(code)


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print JSON instead of tables")
    shared.add_argument("--brand", help="slug or id, for a key that may name one")
    top = argparse.ArgumentParser(
        prog="megahub",
        description="The hub's jobs from a shell.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"megahub {__version__}")
    verbs = top.add_subparsers(required=True, metavar="jobs|types|whoami|runner")
    for name, call, text in [
        ("types", other_commands.types, "which jobs there can be"),
        ("whoami", other_commands.whoami, "who the hub takes this key for"),
    ]:
        verbs.add_parser(name, parents=[shared], help=text).set_defaults(call=call)
    jobs = verbs.add_parser("jobs", help="list, get, create, cancel, logs, wait, artifacts")
    _job_verbs(jobs.add_subparsers(required=True, metavar="VERB"), shared)
    runner_command.add(verbs, shared)
    return top


def _job_verbs(verbs: Any, shared: argparse.ArgumentParser) -> None:
    def add(name: str, call: Callable[..., Exit], text: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = verbs.add_parser(name, parents=[shared], help=text)
        parser.set_defaults(call=call)
        return parser

    _listing(add("list", job_commands.list_jobs, "the newest jobs"))
    add("get", job_commands.get, "everything about one job").add_argument("job", metavar="JOB")
    _creating(add("create", job_commands.create, "make a job"))
    cancel = add("cancel", job_commands.cancel, "stop jobs")
    cancel.add_argument("jobs", nargs="+", metavar="JOB", help="its number or its job_id")
    cancel.add_argument("--reason", default="")
    cancel.add_argument("--notes", default="")
    logs = add("logs", job_commands.logs, "what a job says")
    logs.add_argument("job", metavar="JOB")
    logs.add_argument("-f", "--follow", action="store_true", help="go on until it is over")
    logs.add_argument("--tail", type=_count, help="only the last so many lines")
    logs.add_argument("--level", help="debug, info, warning, error; commas between")
    wait = add("wait", job_commands.wait, "wait until jobs are over; 3 when one did not complete")
    wait.add_argument("jobs", nargs="+", metavar="JOB")
    wait.add_argument("--timeout", type=float, metavar="SECONDS", help="for each of them")
    files = add("artifacts", job_commands.artifacts, "the files of a job")
    files.add_argument("job", metavar="JOB")
    files.add_argument("--download", metavar="FOLDER", help="fetch them all into a folder")


def _listing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--status", help="one or several, commas between")
    parser.add_argument("--type", help="names of job types, commas between")
    parser.add_argument("--search", help="a word in the id, description, type or model")
    parser.add_argument("--tag", help="jobs with all of these tags, commas between")
    parser.add_argument("--release", type=int, help="number of a release")
    parser.add_argument("--mine", action="store_true", help="only those that I have made")
    parser.add_argument("--ordering", help="like -priority,created_at; then one page at most")
    parser.add_argument("--limit", type=_count, default=25, help="default: 25")


def _creating(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("type", metavar="TYPE", help="name of a job type: see `megahub types`")
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--input", metavar="JSON", help="the input as a JSON object")
    given.add_argument("--input-file", metavar="FILE", help="the same from a file; -: from stdin")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="one member of the input"
    )
    parser.add_argument("--priority", choices=["low", "normal", "high", "urgent"])
    parser.add_argument("--description")
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--release", type=int)
    parser.add_argument("--run-after", metavar="MOMENT", help="like 2026-01-31T14:30:00Z")
    parser.add_argument("--timeout-seconds", type=_count)
    parser.add_argument("--draft", action="store_true")
    parser.add_argument("--idempotency-key", help="the same key again returns the same job")
    parser.add_argument(
        "--wait",
        nargs="?",
        type=float,
        const=0.0,
        metavar="SECONDS",
        help="until it is over, or for so long; 3 when it did not complete",
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
