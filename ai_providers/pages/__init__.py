"""The pages about providers and the limits of what they may cost."""
