"""`manage.py up`: the whole hub under one supervisor.

start.py reads top to bottom what happens. None of this imports Django's apps: the supervisor has
to know the services' addresses before the settings are read, and it stays small and quick.
"""
