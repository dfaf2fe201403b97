"""Request work: every page and every call that ends soon."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
application = get_wsgi_application()
