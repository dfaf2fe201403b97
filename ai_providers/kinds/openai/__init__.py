"""OpenAI itself."""

from ai_providers.kinds.openai.kind import OpenAI

KIND = OpenAI()

__all__ = ["KIND"]
