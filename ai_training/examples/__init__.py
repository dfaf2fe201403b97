"""Small trainings that are real: to see the hub at work without any extra."""
