"""The same record as Django REST framework's tutorial would serve it."""
