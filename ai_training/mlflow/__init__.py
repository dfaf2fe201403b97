"""MLflow's tracking API: a script with MLflow's logging appears in the hub unchanged."""
