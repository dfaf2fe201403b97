"""The front doors of trainings: parse, ask, shape the answer."""
