"""What the trail's kinds and verbs are called on pages; an app adds its own with `name_kinds`."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.text import capfirst
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
    "retention": _("Retention"),
    "release": _("Release"),
    "ovh_key": _("OVH key"),
    "audit": _("Audit trail"),
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
    "identity_connected": _("identity connected"),
    "identity_removed": _("identity removed"),
    "evidence_taken": _("evidence taken"),
    "recovery_code_used": _("recovery code used"),
    "secret_rotated": _("secret renewed"),
    "tested": _("tested"),
    "resent": _("sent again"),
    "forgotten": _("shortened"),
}


def name_kinds(**labels: Any) -> None:
    _KINDS.update(labels)


def name_verbs(**labels: Any) -> None:
    _VERBS.update(labels)


def has_words(kind: str, verb: str) -> bool:
    return kind in _KINDS and verb in _VERBS


def kinds() -> list[tuple[str, str]]:
    return sorted(((kind, str(label)) for kind, label in _KINDS.items()), key=lambda one: one[1])


def sentence(action: str) -> str:
    """«API key: revoked»; a kind that nobody has named is called as its model in the admin."""
    kind, _dot, verb = action.partition(".")
    label = _KINDS.get(kind) or capfirst(_name_of_model(kind))
    return f"{label}: {_VERBS.get(verb, verb.replace('_', ' '))}"


def _name_of_model(kind: str) -> str:
    named = (one._meta for one in apps.get_models() if one._meta.model_name == kind)
    return next((str(one.verbose_name) for one in named), kind)
