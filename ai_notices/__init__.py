"""Tells people and programs what happens: webhooks, Slack, e-mail, and what the bell shows."""
