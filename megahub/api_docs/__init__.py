"""`python -m megahub.api_docs` writes docs/api.md: every call, really made, and its answer."""
