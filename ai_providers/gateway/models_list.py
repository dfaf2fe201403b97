"""`GET /v1/models`: what a brand may ask for by name."""

from __future__ import annotations

from typing import Any

from ai_providers import routes
from ai_providers.refusals import ModelUnknown
from brands.models import Brand


def model_list(brand: Brand) -> dict[str, Any]:
    """Each model once by its own name, as its first provider has it, and under each provider's."""
    found: dict[str, dict[str, Any]] = {}
    for route in routes.known_models(brand):
        for name in (route.model, str(route)):
            found.setdefault(name, _shape(name, route))
    return {"object": "list", "data": list(found.values())}


def model_named(brand: Brand, name: str) -> dict[str, Any]:
    if name == "":
        raise ModelUnknown
    return _shape(name, routes.find(brand, name)[0])


def _shape(name: str, route: routes.Route) -> dict[str, Any]:
    made = route.provider.created_at if route.provider else None
    created = int(made.timestamp()) if made else 0
    return {"id": name, "object": "model", "created": created, "owned_by": route.name}
