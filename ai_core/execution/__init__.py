"""How a job is executed: claimed, beaten, settled, reaped, and rung for (docs/architecture.md)."""
