"""Four machines in network namespaces: one with the database, one with web, two with workers."""
