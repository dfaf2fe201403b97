"""How long reads take on a hub with very many jobs."""
