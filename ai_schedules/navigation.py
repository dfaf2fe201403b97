"""What the sidebar shows of schedules."""

from django.utils.translation import gettext_lazy as _

NAVIGATION = [
    {"id": "schedules", "group": "operations", "order": 15, "label": _("Schedules"),
     "icon": "calendar-clock", "url_name": "schedules", "key": "h"},
]  # fmt: skip
