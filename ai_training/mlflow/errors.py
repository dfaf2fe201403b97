"""Refusals in the shape that MLflow's clients read."""

from __future__ import annotations

from django.http import JsonResponse

from brands.errors import DomainError

_CODES = {
    400: "INVALID_PARAMETER_VALUE", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST", 409: "INVALID_STATE", 429: "REQUEST_LIMIT_EXCEEDED",
    503: "TEMPORARILY_UNAVAILABLE",
}  # fmt: skip
# The client asks again after a 429; of a 409 it would make an error of the script.
_LATER = frozenset({"RUN_NOT_STARTED"})


def as_mlflow(error: DomainError) -> JsonResponse:
    status = 429 if error.code in _LATER else error.status
    code = _CODES.get(status, "INTERNAL_ERROR")
    answer = JsonResponse({"error_code": code, "message": str(error)}, status=status)
    for name, value in error.headers.items():
        answer[name] = value
    return answer
