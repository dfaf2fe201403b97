"""Files of jobs: kept in Django's storage (a folder, or S3), hashed, linked with an expiry."""

from __future__ import annotations

import errno
import hashlib
import mimetypes
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from django.core import signing
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from ai_core import notices
from ai_core.errors import FileGone, InvalidInput, LeaseLost, LinkExpired, StorageFull
from ai_core.models import Artifact
from brands.errors import NotFound

if TYPE_CHECKING:
    from ai_core.execution.outcomes import Claimed

CHUNK = 1 << 20
LINK_LIFE = timedelta(hours=1)
SALT = "megahub.artifact"
LATE_GRACE = 120.0  # seconds
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class HashingFile(File):
    """A file that measures itself while the storage reads it, so that it is read only once."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__(source, name="artifact")
        self.source = source
        self.sha256 = hashlib.sha256()
        self.read_bytes = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while piece := self.source.read(chunk_size or CHUNK):
            self.sha256.update(piece)
            self.read_bytes += len(piece)
            yield piece


def clean_name(name: str) -> str:
    """Return a name that is safe as a file's and as a header's; folders inside are kept."""
    parts = [
        part
        for part in PurePosixPath(name.replace("\\", "/")).parts
        if part not in ("/", "..", ".")
    ]
    cleaned = "/".join("".join(c for c in part if c.isprintable()) for part in parts)[:200]
    if not cleaned:
        raise InvalidInput("An artifact needs a name.", errors={"name": ["Give it a name."]})
    return cleaned


def store_for(claimed: Claimed, name: str, content: bytes | str | Path, **facts: Any) -> Artifact:
    """Store a file of a running attempt; one that was cancelled a moment ago may still do so."""
    if isinstance(content, Path):
        with content.open("rb") as source:
            return _store(claimed, name, source, **facts)
    body = content.encode() if isinstance(content, str) else content
    with tempfile.SpooledTemporaryFile(max_size=CHUNK) as source:
        source.write(body)
        source.seek(0)
        return _store(claimed, name, source, **facts)


def _store(  # noqa: PLR0913  (the facts of a file)
    claimed: Claimed,
    name: str,
    source: Any,
    *,
    content_type: str = "",
    kind: str = "",
    partial: bool = False,
) -> Artifact:
    name = clean_name(name)
    wanted = f"{claimed.brand_id}/{claimed.job_id}/{claimed.attempt}-{secrets.token_hex(8)}"
    measured = HashingFile(source)
    path = _save(wanted, measured)
    artifact = Artifact(
        job_id=claimed.id,
        name=name,
        kind=kind[:40],
        attempt=claimed.attempt,
        path=path,
        size=measured.read_bytes,
        content_type=content_type or mimetypes.guess_type(name)[0] or "application/octet-stream",
        sha256=measured.sha256.hexdigest(),
        is_partial=partial,
    )
    try:
        old = _record(claimed, artifact)
    except BaseException:
        default_storage.delete(path)
        raise
    notices.publish(brand_id=claimed.brand_id, job_id=claimed.id, kinds=["artifact"])
    if old:
        default_storage.delete(old)
    return artifact


def _save(wanted: str, measured: HashingFile) -> str:
    try:
        return default_storage.save(wanted, measured)
    except OSError as error:
        default_storage.delete(wanted)  # half a file helps nobody, least of all on a full disk
        if is_full(error):
            raise StorageFull(
                _("There is no room for this file. Free some, then try again.")
            ) from error
        raise


def is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in FULL


def _record(claimed: Claimed, artifact: Artifact) -> str:
    """Save the row where the attempt still counts; return the path that it replaces, or nothing."""
    with transaction.atomic():
        if not _still_counts(claimed):
            raise LeaseLost(f"{claimed.job_id}: attempt {claimed.attempt} no longer counts")
        before = Artifact.objects.filter(
            job_id=claimed.id, name=artifact.name, attempt=claimed.attempt
        ).first()
        if before is None:
            artifact.save()
            return ""
        replaced = before.path
        artifact.pk = before.pk
        artifact.created_at = before.created_at
        artifact.save(force_update=True)
        return replaced


def _still_counts(claimed: Claimed) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT 1 FROM ai_core_aijob WHERE id = %s AND (lease_token = %s
               OR (last_token = %s AND lease_token IS NULL
                   AND (completed_at IS NULL
                        OR completed_at > clock_timestamp() - make_interval(secs => %s))))
               FOR KEY SHARE""",
            [claimed.id, claimed.token, claimed.token, LATE_GRACE],
        )
        return cursor.fetchone() is not None


# ---------------------------------------------------------------------- links
def link_token(artifact: Artifact, life: timedelta = LINK_LIFE) -> tuple[str, datetime]:
    """Sign the right to fetch one artifact until a moment, for whoever has the link."""
    expires = datetime.now(UTC) + life
    token = signing.dumps([artifact.pk, int(expires.timestamp())], salt=SALT)
    return token, expires.replace(microsecond=0)


def from_token(token: str) -> Artifact:
    """Return the artifact that a link opens.

    The expiry counts when a download starts: one that runs goes on, as S3 does it.
    """
    try:
        pk, expires = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    if datetime.now(UTC).timestamp() > expires:
        raise LinkExpired
    artifact = Artifact.objects.filter(pk=pk, job__deleted_at__isnull=True).first()
    if artifact is None:
        raise NotFound
    if not default_storage.exists(artifact.path):
        raise FileGone
    return artifact
