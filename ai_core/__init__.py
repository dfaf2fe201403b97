"""Jobs: what they are, how they live, and how they are executed."""
