"""Programs outside the hub, against a hub that really runs."""
