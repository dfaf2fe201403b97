"""Training scripts that report to the hub."""
