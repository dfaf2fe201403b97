"""The hub's settings, with the folder of static files that a browser test has laid out."""

import os

from megahub.settings import *  # noqa: F403

STATIC_ROOT = os.environ["MEGAHUB_TEST_STATIC"]
