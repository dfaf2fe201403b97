"""Between OVH's JobSpec (camelCase) and the input of a training job of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ai_core.models import AIJob

DEFAULT_TIMEOUT = 604_800  # OVH's: seven days
# OVH's further settings: kept as they came, given back as they are.
OPTIONS = (
    "timeoutAutoRestart", "defaultHttpPort", "grpcPort", "unsecureHttp", "sshPublicKeys",
    "readUser", "partnerId", "shutdown",
)  # fmt: skip
# What OVH always shows of a job's resources.
_AMOUNTS = ("cpu", "gpu", "memory", "ephemeralStorage", "privateNetwork", "publicNetwork")
_HUMP = re.compile(r"(?<=[a-z])([A-Z])")


def input_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of `external_training` for OVH's JobSpecInput."""
    resources = {
        _HUMP.sub(lambda match: f"_{match[1].lower()}", name): value
        for name, value in (spec.get("resources") or {}).items()
        if value is not None
    }
    options = {name: spec[name] for name in OPTIONS if spec.get(name) is not None}
    found = {
        "name": spec.get("name"),
        "image": spec["image"],
        "region": spec.get("region"),
        "command": spec.get("command"),
        "env_vars": spec.get("envVars"),
        "resources": resources,
        "volumes": spec.get("volumes"),
        "options": options,
    }
    return {name: value for name, value in found.items() if value not in (None, "", {}, [])}


def spec_of(job: AIJob) -> dict[str, Any]:
    """Return OVH's JobSpec for a job; it may be posted again as it is."""
    given = job.data.input_data
    options = given.get("options") or {}
    return {
        "name": given.get("name") or job.description or job.job_id,
        "region": given.get("region", ""),
        "image": given.get("image", ""),
        "command": given.get("command", []),
        "envVars": given.get("env_vars", []),
        "labels": labels_of(job.tags),
        "resources": _resources(given.get("resources") or {}),
        "volumes": given.get("volumes", []),
        "timeout": job.timeout_seconds,
        **{name: options.get(name) for name in OPTIONS},
        "timeoutAutoRestart": bool(options.get("timeoutAutoRestart", False)),
    }


def _resources(given: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = dict.fromkeys(_AMOUNTS, 0)
    shown |= {"flavor": "", "gpuBrand": None, "gpuMemory": None, "gpuModel": None}
    for name, value in given.items():
        head, *tail = name.split("_")
        shown[head + "".join(part.title() for part in tail)] = value
    return shown


# ---------------------------------------------------------------------- labels are tags
def labels_of(tags: Iterable[str]) -> dict[str, str]:
    """Read tags as labels; one without a value is a label with an empty one."""
    return {name: value for name, _equals, value in (tag.partition("=") for tag in tags)}


def tag_of(name: str, value: str) -> str:
    return f"{name}={value}" if value else name


def with_label(tags: Iterable[str], name: str, value: str | None) -> list[str]:
    """Set a label, or take it away where no value is given."""
    kept = [tag for tag in tags if tag.partition("=")[0] != name]
    return kept if value is None else [*kept, tag_of(name, value)]
