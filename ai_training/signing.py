"""The secrets that runners sign their webhooks with, and what is asked of a signed message.

A run has a secret of its own, sealed at rest and bound to its brand and job; during a rotation the
one before it still counts.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils.translation import gettext as _

from ai_core import prepared
from ai_core.models import AIJob
from ai_training.errors import SignatureInvalid
from ai_training.job_types import EXTERNAL
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
    return _opened(row.sealed, bound=(job.brand_id, job.job_id, str(row.uuid)))


def _opened(sealed: str, *, bound: tuple[int, str, str]) -> Secret | None:
    """None where our keys do not open it, or it was copied here from another run."""
    try:
        envelope = json.loads(fernet().decrypt(sealed.encode()))
    except InvalidToken:
        return None
    if bound != (envelope["brand"], envelope["job"], envelope["secret"]):
        return None
    return Secret(envelope["text"])


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """A run that somebody outside computes, with the secrets that count for it now."""

    pk: int
    secrets: Sequence[Secret]


# On the path of every webhook: one statement, and no model objects.
_ADDRESSEE = """
SELECT j.id, j.brand_id, j.job_id, s.uuid::text, s.sealed
FROM ai_core_aijob j
JOIN ai_core_aijobtype t ON t.id = j.job_type_id AND t.name = %s
JOIN brands_brand b ON b.id = j.brand_id AND b.is_active
LEFT JOIN ai_training_signingsecret s ON s.job_id = j.id
  AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
WHERE j.job_id = %s AND j.deleted_at IS NULL
"""


def addressee(job_id: str) -> Addressee:
    """Find a run by its unguessable id only; whether there is such a run is told to nobody."""
    found = prepared.rows(_ADDRESSEE, [EXTERNAL, job_id[:40]])
    if not found:
        raise SignatureInvalid
    opened = [
        _opened(sealed, bound=(brand, name, number))
        for _pk, brand, name, number, sealed in found
        if sealed is not None
    ]
    return Addressee(pk=found[0][0], secrets=[one for one in opened if one is not None])


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[Secret],
    now: float | None = None,
) -> str:
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
        sign(secret, message_id=message_id, timestamp=timestamp, body=body) for secret in secrets
    ]
    if not _matches(given.split()[:MOST_SIGNATURES], wanted):
        raise SignatureInvalid
    return message_id


def _matches(given: list[str], wanted: list[str]) -> bool:
    found = False
    for one in given:
        for other in wanted:
            found |= hmac.compare_digest(one.encode(), other.encode())
    return found
