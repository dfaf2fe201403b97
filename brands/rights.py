"""How far a role or a key reaches: a rank, so that the smaller of two is what counts."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Right(models.IntegerChoices):
    """Each right includes those below it."""

    NONE = 0, _("nothing")
    READ = 1, _("read")
    WRITE = 2, _("write")
    MANAGE = 3, _("manage")

    @property
    def scopes(self) -> list[str]:
        """The names that a key with this right shows."""
        return [right.name.lower() for right in GRANTABLE if right <= self]


GRANTABLE = (Right.READ, Right.WRITE, Right.MANAGE)
SCOPES = tuple(right.name.lower() for right in GRANTABLE)


def right_of_scopes(scopes: Iterable[str]) -> Right:
    """Return the furthest right that these scope names give; ValueError names an unknown one."""
    reached = Right.NONE
    for scope in scopes:
        if scope not in SCOPES:
            raise ValueError(f"Unknown scope {scope!r}: use {', '.join(SCOPES)}")
        reached = max(reached, Right[scope.upper()])
    return reached
