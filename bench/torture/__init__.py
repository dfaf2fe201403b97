"""The torture run: many jobs, real processes, and everything dying around them."""
