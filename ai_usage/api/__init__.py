"""The front door of usage: read the question, ask, shape the answer."""
