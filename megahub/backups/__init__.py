"""Backups that were tried: the database in one snapshot, the files beside it, secrets apart."""
