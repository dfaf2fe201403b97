"""Typed readers for the environment: a wrong value is one clear line and not a traceback."""

import base64
import os
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ai_core.outbound.addresses import parse as parse_address

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
SIGNING_KEY_LEAST = 32
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
JOINING_ROLES = {"viewer", "member"}  # whoever manages a brand is named by somebody
HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")


class SettingError(Exception):
    """A setting that cannot be used; the message names it and says what would do."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def secret(name: str) -> str | None:
    """Return the value as given: a password may begin or end with a space."""
    return os.environ.get(name) or None


def signing_key(name: str) -> str | None:
    """Read what sessions and links are signed with; the refusal does not show it."""
    value = secret(name)
    if value is not None and len(value) < SIGNING_KEY_LEAST:
        raise SettingError(
            f"{name} is too short to sign with: use {SIGNING_KEY_LEAST} random characters or more, "
            "made by `python -c 'import secrets; print(secrets.token_urlsafe(48))'`"
        )
    return value


def sealing_keys(name: str) -> str | None:
    """Read Fernet keys with commas between; the refusal does not show them."""
    value = secret(name)
    for number, key in enumerate(words(name, []), start=1):
        if not _is_sealing_key(key):
            raise SettingError(
                f"{name}: key {number} is none: use 32 random bytes in URL-safe base64, made by "
                "`python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32))"
                ".decode())'`"
            )
    return value


def _is_sealing_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == 32
    except ValueError:
        return False


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise SettingError(f"{name} is {value!r}: use 1 or 0")


def integer(name: str, default: int, *, least: int, most: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise SettingError(f"{name} is {value!r}: use a whole number from {least} to {most}")
    return int(value)


def seconds(name: str, default: float) -> float:
    value = text(name)
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 < number < 1e9:
        raise SettingError(f"{name} is {value!r}: use a number of seconds above 0")
    return number


def words(name: str, default: list[str]) -> list[str]:
    """Read a list separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def hosts(name: str, default: list[str]) -> list[str]:
    """Read host names as Django's ALLOWED_HOSTS wants them: no scheme, no port, no path."""
    listed = words(name, default)
    for host in listed:
        if not HOST.fullmatch(host):
            raise SettingError(
                f"{name} has {host!r}: use host names with commas between, without http:// or port"
            )
    return listed


def choice(name: str, allowed: list[str]) -> str:
    """Read one of some words; the first is the default."""
    value = text(name, allowed[0])
    if value not in allowed:
        raise SettingError(f"{name} is {value!r}: use {' or '.join(allowed)}")
    return value


def folder(name: str, default: Path) -> Path:
    path = Path(text(name) or default).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise SettingError(f"{name} is {str(path)!r}, which is a file: name a folder")
    return path


def url(name: str, schemes: set[str]) -> str | None:
    value = text(name)
    if not value:
        return None
    allowed = " or ".join(f"{scheme}://" for scheme in sorted(schemes))
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise SettingError(f"{name} cannot be read as an address: use {allowed}…") from None
    if parts.scheme not in schemes:
        raise SettingError(f"{name} starts with {parts.scheme!r}: use {allowed}…")
    return value


def site(name: str, default: str) -> str:
    """Read where people reach the hub: https://jobs.example.com, no path behind it."""
    value = (url(name, {"http", "https"}) or default).rstrip("/")
    if urlsplit(value).path:
        raise SettingError(f"{name} is {value!r}: leave out what comes after the host")
    return value


def mail_server(name: str) -> dict[str, Any]:
    """Read where mails go as Django's settings; without a server they go into the log."""
    value = url(name, {"smtp", "smtps"})
    if value is None:
        return {"EMAIL_BACKEND": "megahub.mail_log.EmailBackend"}
    parts = urlsplit(value)
    safe = parts.scheme == "smtps"
    plain = parse_qs(parts.query).get("tls") == ["0"]
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if safe else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": safe,
        "EMAIL_USE_TLS": not safe and not plain,
        "EMAIL_TIMEOUT": 20,
    }


def addresses(name: str) -> list[str]:
    """Read what outgoing calls may reach beyond public addresses: hosts, addresses, networks."""
    listed = words(name, [])
    for entry in listed:
        try:
            parse_address(entry)
        except ValueError as error:
            raise SettingError(
                f"{name}: {error}: use host, host:port, an address or a network, "
                "with commas between, such as 127.0.0.1:9000,10.2.0.0/16"
            ) from None
    return listed


@dataclass(frozen=True)
class Issuer:
    """An OpenID Connect provider that says who people are (docs/operating.md, "Signing in")."""

    address: str
    client_id: str
    client_secret: str
    label: str
    domains: frozenset[str]  # e-mail addresses of others are refused; empty: any
    joins: tuple[str, str] | None  # brand and role of whoever nobody has invited


def issuer(prefix: str) -> Issuer | None:
    """Read who signs people in, if anybody; all of it or nothing."""
    address = url(f"{prefix}_ISSUER", {"https", "http"})
    if address is None:
        return None
    if urlsplit(address).scheme == "http" and urlsplit(address).hostname not in LOOPBACK:
        raise SettingError(f"{prefix}_ISSUER is not https://: only an issuer on this machine may")
    client_id, client_secret = text(f"{prefix}_CLIENT_ID"), secret(f"{prefix}_CLIENT_SECRET")
    if not client_id or not client_secret:
        raise SettingError(f"{prefix}_ISSUER needs {prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET")
    if find_spec("authlib") is None:
        raise SettingError(f"{prefix}_ISSUER needs an extra: pip install -r requirements/oidc.in")
    return Issuer(
        address=address.rstrip("/"),
        client_id=client_id,
        client_secret=client_secret,
        label=text(f"{prefix}_LABEL", urlsplit(address).hostname or ""),
        domains=frozenset(word.lower().lstrip("@") for word in words(f"{prefix}_DOMAINS", [])),
        joins=_joins(f"{prefix}_JOIN"),
    )


def _joins(name: str) -> tuple[str, str] | None:
    value = text(name)
    if not value:
        return None
    brand, colon, role = value.partition(":")
    if not colon or role not in JOINING_ROLES:
        raise SettingError(f"{name} is {value!r}: use brand:viewer or brand:member")
    return brand, role
