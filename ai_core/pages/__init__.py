"""The pages of jobs: they read what the API reads, call what it calls, and show it to people."""
