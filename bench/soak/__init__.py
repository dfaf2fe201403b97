"""Whether a hub that works for half an hour holds no more at its end than when it had settled."""
