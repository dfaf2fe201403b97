"""Fills a hub with very many jobs that look like real ones, in minutes."""
