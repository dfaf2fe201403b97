"""What the sidebar and the settings show of providers."""

from django.utils.translation import gettext_lazy as _

NAVIGATION = [
    {"id": "providers", "group": "operations", "order": 20, "label": _("Providers"),
     "icon": "plug", "url_name": "providers", "key": "p"},
]  # fmt: skip
SETTINGS = [
    {"id": "quotas", "group": "operations", "order": 30, "label": _("Quotas"),
     "icon": "gauge", "url_name": "settings-quotas"},
]  # fmt: skip
