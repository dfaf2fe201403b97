"""Executors that misbehave on purpose, loaded by `tests.settings_with_executors`."""
