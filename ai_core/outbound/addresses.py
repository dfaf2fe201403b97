"""Which addresses the hub may call: public ones, and what the operator has allowed by name.

`ipaddress.is_global` is not enough for this: it calls NAT64 and multicast addresses global, some
versions 6to4 too. So what is special is listed here, and of IPv6 only 2000::/3 counts as public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL: dict[str, tuple[str, ...]] = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "shared by a carrier": ("100.64.0.0/10",),
    "a cloud's own service": ("168.63.129.16/32",),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "this network": ("0.0.0.0/8", "::/128"),
    "reserved": (
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "100::/64",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
    ),
    # An IPv4 address hides in these, and a gateway on the way would unpack it.
    "a translated address": (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/23",  # Teredo among others
        "::/96",
        "::ffff:0:0:0/96",
    ),
}
_FORBIDDEN: list[tuple[Network, str]] = [
    (ip_network(network), kind) for kind, networks in _SPECIAL.items() for network in networks
]
_PUBLIC_V6 = IPv6Network("2000::/3")


def refusal(address: Address) -> str:
    """Say what kind of address the hub must not call; empty: it is public."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    for network, kind in _FORBIDDEN:
        if address.version == network.version and address in network:
            return kind
    if isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
        return "reserved"
    return ""


def literal(host: str) -> Address | None:
    """Return the address that a host spells out, if it is one in its canonical form."""
    try:
        return ip_address(host)
    except ValueError:
        return None


# ---------------------------------------------------------------------- what operators allow
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMERIC = re.compile(r"[0-9.]+|0x[0-9a-f.x]+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of the allow-list: a host's name or a network, on one port or on all."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    def covers_name(self, host: str, port: int) -> bool:
        return bool(self.name) and self.name == host and self.port in (None, port)

    def covers(self, address: Address, port: int) -> bool:
        if self.network is None or self.port not in (None, port):
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return address.version == self.network.version and address in self.network


class AllowList:
    """What may be called although it is not public; written by the operator, never by a brand."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self.entries = tuple(parse(entry) for entry in entries)

    def problem(self, host: str, addresses: Iterable[Address], port: int) -> str:
        """Say why this host must not be called; one bad address among several is enough."""
        if any(entry.covers_name(host, port) for entry in self.entries):
            return ""
        for address in addresses:
            kind = refusal(address)
            if kind and not any(entry.covers(address, port) for entry in self.entries):
                return kind
        return ""


def parse(entry: str) -> Allowed:
    """Read `host`, `host:port`, `address`, `[v6]:port` or `network/bits`; ValueError explains."""
    text = entry.strip().lower()
    if "/" in text:
        return Allowed(network=_network(entry, text))
    host, port = _split(entry, text)
    address = literal(host)
    if address is not None:
        return Allowed(network=ip_network(address), port=port)
    if not _NAME.fullmatch(host) or len(host) > 253 or _NUMERIC.fullmatch(host):
        raise ValueError(f"{entry!r} is neither a host, an address nor a network")
    return Allowed(name=host, port=port)


def _network(entry: str, text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"{entry!r} is not a network: {error}") from None


def _split(entry: str, text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or literal(host) is None or (rest and not rest.startswith(":")):
            raise ValueError(f"{entry!r} is not an IPv6 address with a port: write [::1]:9000")
        return host, _port(entry, rest[1:]) if rest else None
    if text.count(":") == 1:
        host, _colon, number = text.partition(":")
        return host, _port(entry, number)
    return text, None


def _port(entry: str, number: str) -> int:
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 65536):
        raise ValueError(f"the port of {entry!r} must be a number from 1 to 65535")
    return int(number)
