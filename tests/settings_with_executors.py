"""The hub's settings with the tests' own executors: what worker processes of the tests load."""

from megahub.settings import *  # noqa: F403
from megahub.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.executors"]
