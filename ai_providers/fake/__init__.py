"""A provider that misbehaves on request: to see retries, limits and cut streams before they hurt."""
