"""Usage: what each job really used, and what it cost."""
