"""What the hub tells a monitoring system: `/metrics` in Prometheus' format.

Each app measures itself in `<app>/monitoring.py`: `measure()` yields metric families, from few
statements. It runs in a read-only transaction with a short time-out, at most every few seconds
however often somebody scrapes.
"""
