"""The OpenAI-compatible gateway: /v1 on the event loop, every call a job with all its records."""
