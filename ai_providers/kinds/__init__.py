"""The kinds of providers: one folder each, all alike, each with a `KIND`."""

from __future__ import annotations

from functools import cache

from ai_providers.kinds.contract import Kind


@cache
def kinds() -> dict[str, Kind]:
    from ai_providers.kinds import anthropic, local, openai, openai_compatible  # noqa: PLC0415

    every = (openai.KIND, anthropic.KIND, openai_compatible.KIND, local.KIND)
    return {kind.name: kind for kind in every}


def kind_named(name: str) -> Kind:
    return kinds()[name]
