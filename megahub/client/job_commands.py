"""`megahub jobs …`: one function for each verb; each returns how the command ends."""

from __future__ import annotations

import json
import secrets
import sys
from argparse import Namespace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from megahub.client import output
from megahub.client.exits import Exit, Stop
from megahub.client.hub import MOST_ON_A_PAGE, Hub, Unreachable, job_path
from megahub.client.watching import log_lines, until_over

_HEADS = ("ID", "JOB", "TYPE", "STATUS", "PROGRESS", "CREATED", "SECONDS", "DESCRIPTION")


def list_jobs(hub: Hub, asked: Namespace) -> Exit:
    query = {
        "status": asked.status,
        "job_type": asked.type,
        "search": asked.search,
        "tags": asked.tag,
        "release": asked.release,
    }
    if asked.mine:
        query["created_by"] = hub.get("/ai/me/")["id"]
    if asked.ordering:
        size = min(asked.limit, MOST_ON_A_PAGE)
        page = hub.get("/ai/jobs/", **query, ordering=asked.ordering, page_size=size)
        jobs = page["results"]
    else:
        jobs = list(islice(hub.pages("/ai/jobs/", **query), asked.limit))
    if asked.json:
        output.as_json(jobs)
    else:
        output.table(_HEADS, [_row(job) for job in jobs])
    return Exit.OK


def _row(job: dict[str, Any]) -> tuple[Any, ...]:
    return (
        job["id"],
        job["job_id"],
        job["job_type"]["name"],
        job["status"],
        f"{job['progress_percentage']} %",
        output.local(job["created_at"]),
        job["execution_time_seconds"],
        job["description"][:60],
    )


def get(hub: Hub, asked: Namespace) -> Exit:
    show(hub.get(job_path(asked.job)), as_json=asked.json)
    return Exit.OK


def show(job: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        output.as_json(job)
        return
    maker = job["created_by"] or {}
    waiting = job.get("waiting") or {}
    output.pairs(
        [
            ("id", job["id"]),
            ("job", job["job_id"]),
            ("type", job["job_type"]["name"]),
            ("status", job["status"]),
            ("progress", f"{job['progress_percentage']} %"),
            ("waits because", waiting.get("waiting_because")),
            ("priority", job["priority"]),
            ("brand", job["brand"]["name"]),
            ("created by", maker.get("username")),
            ("created", output.local(job["created_at"])),
            ("started", job["started_at"] and output.local(job["started_at"])),
            ("ended", job["completed_at"] and output.local(job["completed_at"])),
            ("seconds", job["execution_time_seconds"]),
            ("description", job["description"]),
            ("tags", ", ".join(job["tags"])),
            ("error", job["error_message"]),
            ("input", job["input_data"]),
            ("result", job.get("result_data")),
        ]
    )


def create(hub: Hub, asked: Namespace) -> Exit:
    body = {
        "job_type": asked.type,
        "input_data": _input(asked),
        "priority": asked.priority,
        "description": asked.description,
        "tags": asked.tag or None,
        "release": asked.release,
        "run_after": asked.run_after,
        "timeout_seconds": asked.timeout_seconds,
        "draft": asked.draft or None,
    }
    given = {name: value for name, value in body.items() if value is not None}
    key = asked.idempotency_key or secrets.token_hex(16)
    job = hub.post("/ai/jobs/", given, headers={"Idempotency-Key": key})
    if asked.wait is None:
        show(job, as_json=asked.json)
        return Exit.OK
    until_over(hub, str(job["id"]), timeout=asked.wait or None)
    ended = hub.get(job_path(str(job["id"])))
    show(ended, as_json=asked.json)
    return _verdict(ended["status"])


def _input(asked: Namespace) -> dict[str, Any]:
    """Join --input or --input-file with every --set name=value; a value is JSON if it can be."""
    text = asked.input or "{}"
    if asked.input_file is not None:
        path = asked.input_file
        try:
            text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Stop(f"{path} cannot be read: {error}.", Exit.USAGE) from None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Stop(f"The input is not JSON: {error}.", Exit.USAGE) from None
    if not isinstance(found, dict):
        raise Stop("The input must be a JSON object, like {…}.", Exit.USAGE)
    for pair in asked.set:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise Stop(f"--set {pair}: write it as name=value.", Exit.USAGE)
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def cancel(hub: Hub, asked: Namespace) -> Exit:
    """Stop every job that can be stopped; the command fails when one could not."""
    body = {"reason": asked.reason, "notes": asked.notes}
    done, code = [], Exit.OK
    for job in asked.jobs:
        try:
            done.append(hub.post(job_path(job, "cancel/"), body))
        except Unreachable:
            raise
        except Stop as refusal:
            print(f"megahub: {job}: {refusal.message}", file=sys.stderr)
            code = refusal.code
            continue
        if not asked.json:
            print(f"{done[-1]['job']['id']}  {done[-1]['message']}", flush=True)
    if asked.json:
        output.as_json(done)
    return code


def logs(hub: Hub, asked: Namespace) -> Exit:
    lines = log_lines(
        hub, asked.job, follow=asked.follow, tail=asked.tail, level=asked.level or None
    )
    for line in lines:
        text = json.dumps(line, ensure_ascii=False) if asked.json else output.log_line(line)
        print(text, flush=asked.follow)
    return Exit.OK


def wait(hub: Hub, asked: Namespace) -> Exit:
    """Wait for every job; the command fails when one of them did."""
    ended = [until_over(hub, job, timeout=asked.timeout) for job in asked.jobs]
    if asked.json:
        output.as_json(ended)
    for job in [] if asked.json else ended:
        print(f"{job['id']}  {job['status']}  {output.plain(job['error_message'])}".rstrip())
    return max(_verdict(job["status"]) for job in ended)


def _verdict(status: str) -> Exit:
    return Exit.OK if status == "completed" else Exit.JOB_FAILED


def artifacts(hub: Hub, asked: Namespace) -> Exit:
    found = hub.get(job_path(asked.job, "artifacts/"))["results"]
    if asked.download is not None:
        for one in found:
            target = Path(asked.download, *_safe_parts(one["name"]))
            hub.download(one["url"], target)
            print(target, file=sys.stderr if asked.json else sys.stdout)
    if asked.json:
        output.as_json(found)
    elif asked.download is None:
        rows = [(one["id"], one["name"], one["size"], one["content_type"]) for one in found]
        output.table(("ID", "NAME", "BYTES", "TYPE"), rows)
    return Exit.OK


def _safe_parts(name: str) -> list[str]:
    """A file's name never leads out of the folder that was asked for."""
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", ".", "..")]
    return parts or ["artifact"]
