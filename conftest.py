"""Loads our plugins; pytest finds this file first, so `tests` can be imported by then."""

pytest_plugins = ["tests.services", "tests.extras"]
