"""Where a call goes: a URL taken apart strictly, and its host resolved and checked."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from django.conf import settings

from ai_core.outbound.addresses import AllowList, literal
from ai_core.outbound.failures import AddressRefused, BadUrl, HostUnknown, NamesUnavailable

LONGEST_URL = 8192
_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_LASTING = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), socket.EAI_FAMILY}

# What getaddrinfo answers, reduced to what a connection needs.
Resolved = list[tuple[int, tuple[str, int] | tuple[str, int, int, int]]]
Resolver = Callable[[str, int], Resolved]


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called, as far as one can tell without resolving its host."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _PORTS[self.scheme] else f"{shown}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host_header}{self.path}"


def parse(url: str) -> Target:
    """Take a URL apart; BadUrl says what is wrong with it."""
    if not isinstance(url, str) or len(url) > LONGEST_URL:
        raise BadUrl("The address is longer than anybody's.")
    if _CONTROL.search(url):
        raise BadUrl("The address contains blanks, backslashes or control characters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadUrl(f"The address cannot be read: {error}") from None
    if parts.scheme not in _PORTS:
        raise BadUrl("Only http:// and https:// addresses can be called.")
    if "@" in parts.netloc:
        raise BadUrl("Leave user name and password out of the address.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
    return Target(
        scheme=parts.scheme,
        host=_host(host),
        port=_PORTS[parts.scheme] if port is None else _nonzero(port),
        path=path,
    )


def _host(host: str) -> str:
    if not host or "%" in host:
        raise BadUrl("The address names no host.")
    if literal(host) is not None:
        return host
    try:
        name = host.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        raise BadUrl(f"{host!r} is not a host name.") from None
    if not re.fullmatch(r"[a-z0-9._-]{1,253}", name):
        raise BadUrl(f"{host!r} is not a host name.")
    return name


def _nonzero(port: int) -> int:
    if port == 0:
        raise BadUrl("There is no port 0.")
    return port


def system_resolver(host: str, port: int) -> Resolved:
    """Ask the machine's resolver; it also knows the odd spellings of addresses (0x7f.1)."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, where) for family, _type, _proto, _name, where in rows]  # type: ignore[misc]


def resolve(target: Target, *, allow: AllowList, resolver: Resolver | None = None) -> Resolved:
    """Resolve once and check every address; the caller connects to these and to no others."""
    try:
        found = (resolver or system_resolver)(target.host, target.port)
    except socket.gaierror as error:
        if error.errno in _LASTING:
            raise HostUnknown(f"There is no host {target.host}.") from None
        raise NamesUnavailable(f"{target.host} could not be looked up: {error.strerror}") from None
    except (UnicodeError, OSError) as error:
        raise NamesUnavailable(f"{target.host} could not be looked up: {error}") from None
    if not found:
        raise HostUnknown(f"There is no host {target.host}.")
    addresses = [ip_address(where[0]) for _family, where in found]
    kind = allow.problem(target.host, addresses, target.port)
    if kind:
        raise AddressRefused(target.host, kind)
    return found


def operators_allow_list() -> AllowList:
    """What MEGAHUB_OUTBOUND_ALLOW says; read anew, since tests and operators change it."""
    return AllowList(settings.OUTBOUND_ALLOW)
