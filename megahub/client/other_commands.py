"""`megahub types` and `megahub whoami`."""

from __future__ import annotations

import sys
from argparse import Namespace

from megahub.client import output
from megahub.client.exits import Exit
from megahub.client.hub import Hub


def types(hub: Hub, asked: Namespace) -> Exit:
    found = hub.get("/ai/job-types/")
    if asked.json:
        output.as_json(found)
        return Exit.OK
    rows = [
        (
            one["name"],
            one["category"],
            one["queue"],
            "yes" if one["available"] else "no",
            one["description"],
        )
        for one in found
    ]
    output.table(("NAME", "CATEGORY", "QUEUE", "AVAILABLE", "DESCRIPTION"), rows)
    for one in found:
        if not one["available"]:
            print(f"{one['name']}: {output.plain(one['unavailable_because'])}", file=sys.stderr)
    return Exit.OK


def whoami(hub: Hub, asked: Namespace) -> Exit:
    me = hub.get("/ai/me/")
    if asked.json:
        output.as_json(me)
        return Exit.OK
    output.pairs(
        [
            ("hub", hub.config.url),
            ("user", me["username"]),
            ("brand", (me["brand"] or {}).get("slug")),
            ("role", me["role"]),
            ("scopes", ", ".join(me["scopes"])),
            ("key", me["key"]),
        ]
    )
    return Exit.OK
