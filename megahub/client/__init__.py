"""The `megahub` command: the hub's jobs from a shell. Standard library only, and no Django."""
