"""This machine and what it reaches: files, disk, static files, mail."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection

from brands.findings import Checkup, Finding, broken, fine, odd
from megahub.up import static_files

LEAST_FREE = 0.1
LEAST_FREE_BYTES = 2 * 2**30
MAIL_SECONDS = 3


def storage() -> Iterator[Finding]:
    """Write a file where artifacts go, read it, and take it away again."""
    word = uuid4().hex
    try:
        path = default_storage.save(f"doctor/{word}", ContentFile(word.encode()))
        with default_storage.open(path) as file:
            same = file.read() == word.encode()
        default_storage.delete(path)
    except Exception as error:  # whatever a storage raises
        yield broken(
            "storage",
            f"artifacts cannot be written: {error}",
            mend=f"give this user the right to write {settings.MEDIA_ROOT}, or mend the storage",
        )
        return
    if same:
        yield fine("storage", "a file was written, read and taken away")
    else:
        yield broken("storage", "a file came back changed", mend="check that disk or bucket")


def disk() -> Iterator[Finding]:
    folder = next(path for path in (settings.DATA, *settings.DATA.parents) if path.exists())
    total, _used, free = shutil.disk_usage(folder)
    says = f"{free / 2**30:.1f} GiB free of {total / 2**30:.0f} under {folder}"
    if free < LEAST_FREE_BYTES or free < total * LEAST_FREE:
        yield odd(
            "disk", says, mend="free some; `manage.py retention --dry-run` says what could go"
        )
    else:
        yield fine("disk", says)


def gathered() -> Iterator[Finding]:
    root = Path(settings.STATIC_ROOT)
    if static_files.is_in_step(root):
        yield fine("static files", f"gathered in {root}")
    else:
        yield broken(
            "static files",
            f"{root} is not in step with the code: pages have no style",
            mend="run `manage.py prepare`",
        )


def mail() -> Iterator[Finding]:
    backend = settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]
    if backend != "smtp":
        yield odd(
            "e-mail",
            f"mails go to {backend}: nobody gets one",
            mend="configure a mail server if people are to be told by mail",
        )
        return
    try:
        connection = get_connection(timeout=MAIL_SECONDS)
        connection.open()
        connection.close()
    except (OSError, smtplib.SMTPException) as error:
        yield odd(
            "e-mail",
            f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} takes no mail ({error})",
            mend="mend its address, or do without: everything but mails works",
        )
    else:
        yield fine("e-mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} takes mail")


CHECKUPS: list[Checkup] = [storage, disk, gathered, mail]
