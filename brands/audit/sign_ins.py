"""Writes down who came in, who left, and who was refused; connected in `apps.py`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from brands.audit import circumstances, trail
from brands.audit.circumstances import Circumstances
from brands.models import Membership
from brands.sign_in import guesses, sessions


def connect() -> None:
    for signal, receiver in (
        (user_logged_in, _came_in), (user_logged_out, _left), (user_login_failed, _refused),
    ):  # fmt: skip
        signal.connect(receiver, dispatch_uid=f"audit{receiver.__name__}")


def tell(action: str, user: Any, *, request: Any = None, **facts: Any) -> None:
    """An entry about somebody's own account. It belongs to their brand, if they have just one."""
    trail.record(
        action,
        on=user.pk,
        name=user.get_username(),
        brand=_only_brand(user),
        user=user,
        changes=facts,
        given=_circumstances(request),
    )


def _circumstances(request: Any) -> Circumstances:
    return circumstances.of(request) if request is not None else circumstances.current()


def _came_in(request: Any, user: Any, **_: Any) -> None:
    sessions.begun(request.session)
    if name := getattr(request, "guessed_name", ""):
        guesses.forgiven(request, name)
    tell("sign_in.done", user, request=request)


def _left(request: Any, user: Any, **_: Any) -> None:
    if user is not None:
        tell("sign_in.ended", user, request=request)


def _refused(credentials: dict[str, Any], request: Any = None, **_: Any) -> None:
    """Of a name that nobody has, nothing is kept: it may be a password in the wrong field."""
    name = str(credentials.get("username") or "")[:150].replace("\0", "")
    known = get_user_model().objects.filter(username=name).first() if name else None
    given = _circumstances(request)
    if known is not None:
        tell("sign_in.refused", known, request=request)
    else:
        trail.record("sign_in.refused", given=given, changes={"name": "unknown"})


def _only_brand(user: Any) -> int | None:
    brands = list(Membership.objects.filter(user=user).values_list("brand", flat=True)[:2])
    return brands[0] if len(brands) == 1 else None
