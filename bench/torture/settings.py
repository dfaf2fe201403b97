"""The hub's settings with the job types of the torture run."""

from megahub.settings import *  # noqa: F403
from megahub.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "bench.torture.executors"]
