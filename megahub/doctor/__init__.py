"""`manage.py doctor`: everything that an operator asks about, each with how to mend it."""
