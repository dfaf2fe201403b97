"""The hub's settings without the apps that WITHOUT names."""

import os

from megahub.settings import *  # noqa: F403
from megahub.settings import INSTALLED_APPS as _APPS

_LEFT_OUT = set(os.environ["WITHOUT"].split(","))
INSTALLED_APPS = [app for app in _APPS if app not in _LEFT_OUT]
