"""Request work: every page and every call that ends soon."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "megahub.settings")
application = get_wsgi_application()
# Django loads the views with the first request that needs one, and probes need none: somebody's
# first call would wait for them.
_ = get_resolver().url_patterns
