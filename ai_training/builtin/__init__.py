"""Trainings that the hub's own workers compute."""
