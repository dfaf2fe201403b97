"""The pages about webhooks, and what people want to be told."""
