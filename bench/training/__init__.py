"""What a run costs the hub while it reports a thousand events a second, and what it shows."""
