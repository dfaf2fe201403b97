"""What the trail's kinds and verbs are called on pages; an app adds its own with `name_kinds`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

_KINDS: dict[str, Any] = {
    "sign_in": _("Sign-in"),
    "account": _("Account"),
    "person": _("Person"),
    "member": _("Member"),
    "api_key": _("API key"),
    "brand": _("Brand"),
    "job": _("Job"),
    "job_type": _("Job type"),
    "queue": _("Queue"),
    "provider": _("Provider"),
    "quota": _("Quota"),
    "price": _("Price"),
}
_VERBS: dict[str, Any] = {
    "created": _("created"),
    "added": _("added"),
    "changed": _("changed"),
    "removed": _("removed"),
    "revoked": _("revoked"),
    "acted_on": _("acted on"),
    "submitted": _("submitted"),
    "cancelled": _("cancelled"),
    "paused": _("paused"),
    "resumed": _("resumed"),
    "promoted": _("moved to the front"),
    "retried": _("retried"),
    "restarted": _("restarted"),
    "deleted": _("deleted"),
    "restored": _("restored"),
    "done": _("done"),
    "ended": _("ended"),
    "refused": _("refused"),
    "locked_out": _("locked out"),
    "password_changed": _("password changed"),
    "second_factor_set": _("second factor set"),
    "second_factor_removed": _("second factor removed"),
    "evidence_taken": _("evidence taken"),
}


def name_kinds(**labels: Any) -> None:
    _KINDS.update(labels)


def kinds() -> list[tuple[str, str]]:
    return sorted(((kind, str(label)) for kind, label in _KINDS.items()), key=lambda one: one[1])


def sentence(action: str) -> str:
    """«API key: revoked»; what nobody has named stands as it is."""
    kind, _dot, verb = action.partition(".")
    return f"{_KINDS.get(kind, kind)}: {_VERBS.get(verb, verb.replace('_', ' '))}"
