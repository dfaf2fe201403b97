"""What the sidebar shows of trainings."""

from django.utils.translation import gettext_lazy as _

NAVIGATION = [
    {"id": "trainings", "group": "hub", "order": 25, "label": _("Trainings"), "icon": "brain",
     "url_name": "trainings", "key": "l"},
    {"id": "datasets", "group": "hub", "order": 60, "label": _("Datasets"), "icon": "database",
     "url_name": "datasets", "key": "d"},
    {"id": "training-configurations", "group": "hub", "order": 62, "label": _("Configurations"),
     "icon": "sliders-horizontal", "url_name": "training-configurations"},
    {"id": "compute-offers", "group": "operations", "order": 30, "label": _("Compute offers"),
     "icon": "cpu", "url_name": "compute-offers"},
]  # fmt: skip
