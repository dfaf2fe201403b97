"""The hub's own settings, with the peer's table and addresses beside the hub's."""

from megahub.settings import *  # noqa: F403
from megahub.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.api.peer"]
ROOT_URLCONF = "bench.api.urls"
