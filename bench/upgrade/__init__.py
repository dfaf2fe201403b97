"""An upgrade while the hub works: `python -m bench.upgrade`."""
