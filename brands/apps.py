"""Tenants: brands, their members and roles, and the API keys of programs."""

from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request


class BrandsConfig(AppConfig):
    name = "brands"
    verbose_name = _("Brands")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models are not loaded before.
        from brands.asking import access_of  # noqa: PLC0415
        from brands.audit import sign_ins  # noqa: PLC0415

        # Properties, because a lazy object that wraps None is not None.
        requests: tuple[Any, ...] = (HttpRequest, Request)
        for kind in requests:
            kind.access = property(access_of)
            kind.current_brand = property(lambda request: access_of(request).brand)
        sign_ins.connect()
