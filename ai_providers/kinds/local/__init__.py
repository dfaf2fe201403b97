"""The hub itself: reads texts without a key, a network or a model."""

from ai_providers.kinds.local.kind import Local

KIND = Local()

__all__ = ["KIND"]
