"""Wire formats that several kinds of providers, or our own gateway, speak."""
