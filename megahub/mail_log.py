"""Where mails go while no server is named: one line each into the log, with the text."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

log = logging.getLogger("megahub.mail")


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            log.info(
                "mail to %s: %s", ", ".join(mail.recipients()), mail.subject,
                extra={"text": mail.body},
            )  # fmt: skip
        return len(email_messages)
