"""All that this app adds to the core: executors, sections, signal receivers."""
