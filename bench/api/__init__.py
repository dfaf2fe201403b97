"""How many calls a second the API answers, next to a plain DRF ModelSerializer."""
