"""Demo content of trainings: runs of the example that were really trained, and one that waits."""
