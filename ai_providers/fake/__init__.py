"""A provider that misbehaves on request: see retries, limits and cut streams before they hurt."""
