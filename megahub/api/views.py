"""The front of the API: what is here, the OpenAPI document and the page that shows it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

# The entrances; one whose app is not installed is left out.
ENTRANCES = {
    "openapi": "api-schema",
    "documentation": "api-docs",
    "me": "ai-me",
    "brands": "ai-brands",
    "members": "ai-members",
    "api_keys": "ai-api-keys",
    "audit": "ai-audit",
    "job_types": "ai-job-types",
    "jobs": "ai-jobs",
    "queues": "ai-queues",
    "providers": "ai-providers",
    "usage": "ai-usage",
}


class IndexView(APIView):
    """What is here."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="api_index", responses={200: {"type": "object"}}, tags=["about"])
    def get(self, request: Request) -> Response:
        found: dict[str, str] = {}
        for name, route in ENTRANCES.items():
            try:
                found[name] = request.build_absolute_uri(reverse(route))
            except NoReverseMatch:
                continue
        return Response(found)


class SchemaView(APIView):
    """The OpenAPI 3.1 document; the same for everyone, so it is built once per language."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    )

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(document(translation.get_language() or "en"))


@lru_cache(maxsize=8)
def document(language: str) -> dict[str, Any]:
    """Generate the document; `language` is what the texts were active in."""
    with translation.override(language):
        return SchemaGenerator().get_schema(request=None, public=True)


class DocsView(SpectacularSwaggerSplitView):
    """The page: our own template without the inline style, scripts from this hub only."""

    authentication_classes = ()
    permission_classes = ()
    url_name = "api-schema"
    template_name = "api/docs.html"
