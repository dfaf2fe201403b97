"""Training: runs, curves, checkpoints, cost, and runners outside the hub."""
