"""What the API of every app shares: who is asking, what they may, filters, pages, bodies."""
