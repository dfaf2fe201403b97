"""The hub with an app left out."""
