"""The older front doors: each parses, calls a service, and answers in the words of its time."""
