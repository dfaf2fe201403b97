"""What the sidebar and the settings show of brands."""

from django.utils.translation import gettext_lazy as _

NAVIGATION = [
    {"id": "settings", "group": "operations", "order": 90, "label": _("Settings"),
     "icon": "settings", "url_name": "settings", "key": "s"},
]  # fmt: skip
SETTINGS = [
    {"id": "keys", "group": "operations", "order": 10, "label": _("API keys"),
     "icon": "key-round", "url_name": "settings-keys"},
    {"id": "members", "group": "operations", "order": 20, "label": _("Members"),
     "icon": "users", "url_name": "settings-members"},
    {"id": "audit", "group": "operations", "order": 95, "label": _("Audit"),
     "icon": "history", "url_name": "settings-audit"},
    {"id": "brand", "group": "operations", "order": 90, "label": _("Brand"),
     "icon": "store", "url_name": "settings-brand"},
]  # fmt: skip
