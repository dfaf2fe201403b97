"""Who is asking, for REST framework: a program's key first, else the browser's session."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DjangoSession
from rest_framework.request import Request

from brands.asking import access_of, bearer_token

CHALLENGE = 'Bearer realm="megahub"'


class ApiKeyAuthentication(BaseAuthentication):
    """A request that carries a key is judged by the key alone: no cookie helps a wrong one."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        if bearer_token(request._request) is None:
            return None
        access = access_of(request._request)
        return access.user, access.key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE  # keeps 401 a 401


class SessionAuthentication(DjangoSession):
    """The browser, with its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        if bearer_token(request._request) is not None:
            return None
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "brands.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "`mh_<prefix>_<secret>`, from `manage.py api_key create` or "
            "`POST /ai/api-keys/`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "brands.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
