"""The secrets that runners sign their webhooks with, and what is asked of a signed message.

A run has a secret of its own, sealed at rest and bound to its brand and job; during a rotation the
one before it still counts.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils.translation import gettext as _

from ai_core.models import AIJob
from ai_training.errors import SignatureInvalid
from ai_training.models import SigningSecret
from brands import signatures
from brands.sealing import Secret, fernet
from brands.signatures import sign

STALE_SECONDS = 300
OVERLAP = timedelta(hours=24)
LONGEST_ID = 200
MOST_SIGNATURES = 8


def new_secret(job: AIJob) -> Secret:
    """Make another secret for a run; those before it end after a day."""
    secret = signatures.new_secret()
    row = SigningSecret(job=job)
    envelope = {"brand": job.brand_id, "job": job.job_id, "secret": str(row.uuid)}
    envelope["text"] = secret.reveal()
    row.sealed = fernet().encrypt(json.dumps(envelope).encode()).decode()
    ends = datetime.now(UTC) + OVERLAP
    with transaction.atomic():
        SigningSecret.objects.filter(job=job, expires_at__isnull=True).update(expires_at=ends)
        row.save()
    return secret


def newest_secret(job: AIJob) -> Secret | None:
    row = SigningSecret.objects.filter(job=job, expires_at__isnull=True).first()
    return open_secret(row, job) if row else None


def open_secret(row: SigningSecret, job: AIJob) -> Secret | None:
    """None where our keys do not open it, or it was copied here from another run."""
    try:
        envelope = json.loads(fernet().decrypt(row.sealed.encode()))
    except InvalidToken:
        return None
    bound = (envelope["brand"], envelope["job"], envelope["secret"])
    if bound != (job.brand_id, job.job_id, str(row.uuid)):
        return None
    return Secret(envelope["text"])


def verify(headers: Mapping[str, str], body: bytes, *, job: AIJob, now: float | None = None) -> str:
    """Return the message's id, or raise; what is wrong is said only of the headers' form."""
    message_id = headers.get("webhook-id", "")
    stamp, given = headers.get("webhook-timestamp", ""), headers.get("webhook-signature", "")
    if not message_id or not stamp or not given:
        raise SignatureInvalid(_("Send webhook-id, webhook-timestamp and webhook-signature."))
    if len(message_id) > LONGEST_ID or not message_id.isprintable():
        raise SignatureInvalid(_("webhook-id is too long or not printable."))
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 13):
        raise SignatureInvalid(_("webhook-timestamp must be whole seconds since 1970."))
    timestamp = int(stamp)
    if abs((time.time() if now is None else now) - timestamp) > STALE_SECONDS:
        raise SignatureInvalid(_("The message is older or newer than 5 minutes. Sign it again."))
    wanted = [
        sign(secret, message_id=message_id, timestamp=timestamp, body=body)
        for secret in _valid_secrets(job)
    ]
    if not _matches(given.split()[:MOST_SIGNATURES], wanted):
        raise SignatureInvalid
    return message_id


def _valid_secrets(job: AIJob) -> Iterable[Secret]:
    now = datetime.now(UTC)
    for row in SigningSecret.objects.filter(job=job):
        if row.expires_at is None or row.expires_at > now:
            secret = open_secret(row, job)
            if secret is not None:
                yield secret


def _matches(given: list[str], wanted: list[str]) -> bool:
    found = False
    for one in given:
        for other in wanted:
            found |= hmac.compare_digest(one.encode(), other.encode())
    return found
