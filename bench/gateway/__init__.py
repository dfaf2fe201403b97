"""The gateway beside LiteLLM's proxy, before the same provider that answers at once."""
