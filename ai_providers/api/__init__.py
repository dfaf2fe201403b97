"""The front door of providers: parse, ask, shape the answer."""
