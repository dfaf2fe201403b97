"""Anthropic, through its Messages API."""

from ai_providers.kinds.anthropic.kind import Anthropic

KIND = Anthropic()

__all__ = ["KIND"]
