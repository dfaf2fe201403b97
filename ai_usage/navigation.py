"""What the sidebar shows of usage."""

from django.utils.translation import gettext_lazy as _

NAVIGATION = [
    {"id": "usage", "group": "hub", "order": 60, "label": _("Usage & cost"), "icon": "wallet",
     "url_name": "usage", "key": "u"},
]  # fmt: skip
