"""The hub's settings with the tests' own executors: what worker processes of the tests load."""

import os

from megahub.settings import *  # noqa: F403
from megahub.settings import CELERY_BROKER_TRANSPORT_OPTIONS as _OPTIONS
from megahub.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.executors"]

if _seconds := os.environ.get("TESTS_VISIBILITY_SECONDS"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {**_OPTIONS, "visibility_timeout": float(_seconds)}
