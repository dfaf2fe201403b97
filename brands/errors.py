"""Errors with a stable code: raised anywhere below the doors, shaped by one handler above them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """What a caller did or met that the API names; every subclass is listed in the docs."""

    code: ClassVar[str] = "ERROR"
    status: ClassVar[int] = 400
    detail: Any = _("The request could not be done.")

    def __init__(
        self,
        detail: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Mapping[str, list[str]] | None = None,
        **facts: Any,
    ) -> None:
        self.detail = detail if detail is not None else type(self).detail
        self.headers = dict(headers or {})
        self.errors = dict(errors or {})
        self.facts = facts
        super().__init__(self.detail)

    def __str__(self) -> str:
        return str(self.detail)


class Invalid(DomainError):
    """Something in the request is not valid; `errors` names each field."""

    code, status = "VALIDATION_ERROR", 400
    detail = _("The request is not valid.")


class UnknownFilter(DomainError):
    """A query parameter that this list does not know; `nearest` and `valid` say what it knows."""

    code, status = "UNKNOWN_FILTER", 400


class NotAuthenticated(DomainError):
    """Nobody is asking: send an API key or log in."""

    code, status = "NOT_AUTHENTICATED", 401
    detail = _("Send an API key (Authorization: Bearer mh_…) or log in.")


class InvalidApiKey(DomainError):
    """The key is unknown, expired, revoked, or its owner may no longer use its brand."""

    code, status = "INVALID_API_KEY", 401
    detail = _("This API key is not valid.")


class BrandRequired(DomainError):
    """The call needs a brand, and none that the caller belongs to was named."""

    code, status = "BRAND_REQUIRED", 403
    detail = _("Name a brand that you belong to: send X-Brand with its slug or id.")


class NotAllowed(DomainError):
    """The caller's role or the key's scope does not reach that far."""

    code, status = "PERMISSION_DENIED", 403
    detail = _("Your role or this key's scope does not allow that.")


class NotFound(DomainError):
    """There is no such thing, or it belongs to another brand."""

    code, status = "NOT_FOUND", 404
    detail = _("There is no such thing here.")


class PayloadTooLarge(DomainError):
    """The body is larger than `limit_bytes`."""

    code, status = "PAYLOAD_TOO_LARGE", 413

    def __init__(self, *, limit_bytes: int) -> None:
        super().__init__(
            _("The body is larger than %(limit)s bytes.") % {"limit": limit_bytes},
            limit_bytes=limit_bytes,
        )


class ServiceUnavailable(DomainError):
    """Something the hub stands on does not answer now; try again after `Retry-After`."""

    code, status = "SERVICE_UNAVAILABLE", 503
    detail = _("The hub cannot answer right now. Try again in a few seconds.")

    def __init__(self, detail: Any = None, *, retry_after: int = 5, **facts: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **facts)


def declared_errors(base: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Yield every kind of error that any installed app declares."""
    for kind in base.__subclasses__():
        yield kind
        yield from declared_errors(kind)
