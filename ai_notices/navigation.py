"""What the settings show of notifications."""

from django.utils.translation import gettext_lazy as _

SETTINGS = [
    {"id": "webhooks", "group": "operations", "order": 40, "label": _("Webhooks"),
     "icon": "webhook", "url_name": "settings-webhooks"},
    {"id": "notifications", "group": "operations", "order": 50, "label": _("My notifications"),
     "icon": "bell", "url_name": "settings-notifications"},
]  # fmt: skip
