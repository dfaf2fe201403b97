"""What the sidebar shows of the core."""

from django.utils.translation import gettext_lazy as _

NAVIGATION = [
    {"id": "jobs", "group": "hub", "order": 20, "label": _("Jobs"), "icon": "layers",
     "url_name": "jobs", "key": "j"},
    {"id": "queue", "group": "hub", "order": 30, "label": _("Queue"), "icon": "hourglass",
     "url_name": "queue", "key": "q"},
    {"id": "job-types", "group": "hub", "order": 40, "label": _("Job types"), "icon": "boxes",
     "url_name": "job-types", "key": "t"},
    {"id": "releases", "group": "hub", "order": 50, "label": _("Releases"), "icon": "box",
     "url_name": "releases-page", "key": "r"},
    {"id": "workers", "group": "operations", "order": 10, "label": _("Workers"), "icon": "server",
     "url_name": "workers", "key": "w"},
]  # fmt: skip
SETTINGS = [
    {"id": "retention", "group": "operations", "order": 80, "label": _("Retention"),
     "icon": "history", "url_name": "settings-retention"},
]  # fmt: skip
