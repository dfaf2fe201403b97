"""Event streams of jobs: native ASGI, no thread and no database connection per reader.

How they work, and what they promise: docs/streams.md.
"""
