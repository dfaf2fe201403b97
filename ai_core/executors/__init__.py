"""The job types that work without any key: on the standard library, with real results."""
