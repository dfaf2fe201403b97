"""Demo content of jobs: every type and every state, made through the services and really run."""

from ai_core.demo.story import make_jobs

__all__ = ["make_jobs"]
