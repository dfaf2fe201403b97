"""Settings that a hub in production wants otherwise than a checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.conf import settings
from django.core import checks

from brands.findings import Checkup, Finding, broken, fine, odd

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}


def safety() -> Iterator[Finding]:
    if settings.DEBUG:
        yield broken(
            "settings",
            "MEGAHUB_DEBUG is on: errors show what nobody may see",
            mend="unset it outside of your own machine",
        )
    is_local = set(settings.ALLOWED_HOSTS) <= LOCAL_HOSTS
    if is_local:
        yield odd(
            "settings",
            "MEGAHUB_HOSTS names only this machine",
            mend="name the hosts by which people reach the hub, unless it is for you alone",
        )
    elif not settings.HTTPS:
        yield odd(
            "settings",
            "MEGAHUB_HTTPS is off: cookies and keys travel in the open",
            mend="put a proxy with TLS in front (docs/deploy.md) and set it to 1",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield odd(
            "settings",
            "MEGAHUB_HOSTS is *: links in mails and redirects follow whoever asks",
            mend="name the hosts",
        )
    if not is_local and not settings.METRICS_TOKEN:
        yield odd(
            "settings",
            "MEGAHUB_METRICS_TOKEN is not set: /metrics answers this machine only",
            mend="set it to a long random word if Prometheus runs elsewhere",
        )


def secrets() -> Iterator[Finding]:
    if os.environ.get("MEGAHUB_SECRET_KEY"):
        yield fine("secrets", "MEGAHUB_SECRET_KEY is given")
    else:
        yield odd(
            "secrets",
            "the secret key comes from the data folder of a running `manage.py up`",
            mend="with several machines, give all the same MEGAHUB_SECRET_KEY",
        )
    if settings.CREDENTIAL_KEYS:
        yield fine("secrets", "MEGAHUB_CREDENTIAL_KEYS is given")
    else:
        yield odd(
            "secrets",
            f"providers' keys are sealed with a file in {settings.DATA}",
            mend="back it up; with several machines, give all its content as "
            "MEGAHUB_CREDENTIAL_KEYS",
        )


def framework() -> Iterator[Finding]:
    """What Django's own checks say about a deployment."""
    found = checks.run_checks(include_deployment_checks=settings.HTTPS)
    for one in found:
        serious = one.level >= checks.ERROR
        make = broken if serious else odd
        yield make("settings", f"{one.id}: {one.msg}", mend=one.hint or "see its documentation")
    if not found:
        yield fine("settings", "Django's checks have nothing to say")


CHECKUPS: list[Checkup] = [safety, secrets, framework]
