"""Tenants: brands, their members and roles, and the API keys of programs."""
