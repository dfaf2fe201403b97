"""Erasing a person or a job on request, and proving that nothing is left."""
