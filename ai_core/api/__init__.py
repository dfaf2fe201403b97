"""The main door for programs, below /ai/: parse, ask a service, shape the answer."""
