"""The composition root: it may import every app, and no app imports it."""

__version__ = "0.1.0"
