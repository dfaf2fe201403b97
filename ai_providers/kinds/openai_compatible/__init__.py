"""Anyone who speaks OpenAI's chat API: vLLM, Ollama, Mistral, Groq, OVH and many more."""

from ai_providers.kinds.openai_compatible.kind import OpenAICompatible

KIND = OpenAICompatible()

__all__ = ["KIND"]
