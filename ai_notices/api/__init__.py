"""The calls about webhooks, their deliveries, and what people want to be told."""
