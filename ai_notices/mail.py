"""A mail to one person: one notice, or all that has gathered, as text and as simple HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from ai_notices import wording
from ai_notices.models import Message
from ai_notices.payload import link


@dataclass(frozen=True)
class Line:
    title: str
    detail: str
    url: str
    brand: str
    at: Any


def send(user: Any, messages: Sequence[Message], *, language: str) -> None:
    """Send one mail; raises what the mail server answers."""
    lines = [
        Line(*wording.in_language(language, message), message.brand.name, message.at)
        for message in messages
    ]
    with override(language):
        facts = {
            "lines": lines,
            "name": user.get_full_name() or user.get_username(),
            "language": language,
            "settings_url": link("/settings/notifications/"),
        }
        mail = EmailMultiAlternatives(
            subject=_subject(lines),
            body=render_to_string("ai_notices/mail.txt", facts),
            to=[user.email],
            headers={
                # The same however often it is sent: mailboxes then show it once.
                "Message-ID": f"<{messages[0].message_id}.{user.pk}@{_host()}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach_alternative(render_to_string("ai_notices/mail.html", facts), "text/html")
    mail.send()


def _subject(lines: Sequence[Line]) -> str:
    if len(lines) == 1:
        subject = f"[{lines[0].brand}] {lines[0].title}"
    else:
        brands = ", ".join(dict.fromkeys(line.brand for line in lines))
        told = _("%(number)s notices") % {"number": len(lines)}
        subject = f"[{brands}] {told}"
    return " ".join(subject.split())[:200]


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "megahub"
