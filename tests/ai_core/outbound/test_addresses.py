"""Which hosts the hub may call: a table of what attackers try, and what operators may allow."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from ipaddress import ip_address, ip_network

import pytest

from ai_core.outbound import (
    AddressRefused,
    AllowList,
    BadUrl,
    HostUnknown,
    NamesUnavailable,
    addresses,
)
from ai_core.outbound.targets import Target, parse, resolve
from megahub import environment

FORBIDDEN = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3",
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "100.127.255.255", "100.100.100.200",
    "169.254.169.254", "169.254.0.1", "168.63.129.16",
    "192.0.0.1", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1", "2001:10::1", "2001:2::1", "3fff::1", "5f00::1", "100::1",
    "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%lo", "fec0::1",
    "ff02::1", "ff0e::1", "4000::1", "8000::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.9.9.9", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
    "192.0.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.254", "::ffff:8.8.8.8",
    "2606:4700::1111", "2a00:1450:4007::200e", "2001:4860:4860::8888",
]  # fmt: skip

# What people write into a URL, and what the machine's resolver makes of it.
ODD_SPELLINGS = [
    "127.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "0",
    "0xA9FEA9FE", "2852039166", "localhost", "LOCALHOST", "localhost.", "①②⑦.⓪.⓪.①", "127。0。0。1",
]  # fmt: skip


def answers(*found: str):
    """A resolver that answers these addresses, whatever it is asked."""

    def resolver(host, port):
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, (one, port)) for one in found]

    return resolver


def test_the_table_is_long_enough():
    assert len(FORBIDDEN) >= 40


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_special_address_is_called_whatever_name_leads_to_it(address):
    assert addresses.refusal(ip_address(address))
    with pytest.raises(AddressRefused):
        resolve(parse("https://innocent.example/"), allow=AllowList(), resolver=answers(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called(address):
    assert addresses.refusal(ip_address(address)) == ""


def test_every_network_that_python_calls_private_is_refused_too():
    """A new special range in a later Python shows up here."""
    import ipaddress

    for constants in (ipaddress._IPv4Constants, ipaddress._IPv6Constants):
        for network in constants._private_networks:
            assert addresses.refusal(network[0]), network
            assert addresses.refusal(network[-1]), network


@pytest.mark.parametrize("host", ODD_SPELLINGS)
def test_odd_spellings_of_loopback_and_metadata_are_seen_through(host):
    with pytest.raises((AddressRefused, BadUrl)):
        resolve(parse(f"http://{host}/"), allow=AllowList())


def test_one_bad_address_among_good_ones_refuses_the_host():
    with pytest.raises(AddressRefused):
        resolve(
            parse("http://mixed.example/"),
            allow=AllowList(),
            resolver=answers("8.8.8.8", "10.0.0.1"),
        )


@pytest.mark.parametrize(
    "url",
    [
        "", "/path", "//host/", "ftp://host/", "file:///etc/passwd", "gopher://host/",
        "javascript:alert(1)", "http://", "http:///path", "http://user@host/", "http://u:p@host/",
        "http://a@127.0.0.1/", "http://host:0/", "http://host:99999/", "http://host:x/",
        "http://ho st/", "http://host/a b", "http://host\\@evil/", "http://host/\r\nX: 1",
        "http://host/\x00", "http://[::1", "http://[fe80::1%25lo]/", "http://" + "a" * 300 + "/",
        "http://ho$t/", "http://host/" + "a" * 9000, "\thttp://host/",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_before_any_lookup(url):
    with pytest.raises(BadUrl):
        parse(url)


@pytest.mark.parametrize(
    ("url", "host_header", "path"),
    [
        ("https://Example.COM", "example.com", "/"),
        ("http://example.com:80/a?b=c#d", "example.com", "/a?b=c"),
        ("http://example.com:8080/é", "example.com:8080", "/%C3%A9"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443", "/"),
        ("https://exämple.com/", "xn--exmple-cua.com", "/"),
    ],
)
def test_a_web_address_is_taken_apart(url, host_header, path):
    target = parse(url)
    assert (target.host_header, target.path) == (host_header, path)


@pytest.mark.parametrize(
    ("number", "error"),
    [(socket.EAI_NONAME, HostUnknown), (socket.EAI_AGAIN, NamesUnavailable)],
)
def test_an_unknown_host_and_silent_name_servers_are_told_apart(number, error):
    def resolver(host, port):
        raise socket.gaierror(number, "no")

    with pytest.raises(error):
        resolve(parse("http://nowhere.example/"), allow=AllowList(), resolver=resolver)


# ---------------------------------------------------------------------- what operators allow
@pytest.mark.parametrize(
    ("entry", "allowed", "refused"),
    [
        ("127.0.0.1:9000", [("127.0.0.1", 9000), ("::ffff:127.0.0.1", 9000)],
         [("127.0.0.1", 9001), ("127.0.0.2", 9000)]),
        ("127.0.0.1", [("127.0.0.1", 1), ("127.0.0.1", 65535)], [("127.0.0.2", 1)]),
        ("10.2.0.0/16", [("10.2.0.1", 80), ("10.2.255.255", 443)], [("10.3.0.1", 80)]),
        ("[::1]:9000", [("::1", 9000)], [("::1", 9001), ("127.0.0.1", 9000)]),
        ("::1", [("::1", 9001)], [("::2", 9001)]),
        ("fd00::/8", [("fd12::1", 80)], [("fc00::1", 80)]),
    ],
)  # fmt: skip
def test_an_allowed_address_opens_itself_and_nothing_beside(entry, allowed, refused):
    allow = AllowList([entry])
    for address, port in allowed:
        assert allow.problem("some.example", [ip_address(address)], port) == ""
    for address, port in refused:
        assert allow.problem("some.example", [ip_address(address)], port)


def test_an_allowed_name_is_that_name_on_that_port_only():
    allow = AllowList(["ollama:11434", "vllm.internal"])
    inside = [ip_address("10.0.0.7")]
    assert allow.problem("ollama", inside, 11434) == ""
    assert allow.problem("vllm.internal", inside, 8000) == ""
    assert allow.problem("ollama", inside, 80)
    assert allow.problem("evil.vllm.internal", inside, 8000)
    assert allow.problem("other", inside, 11434)


@pytest.mark.parametrize(
    "entry",
    [
        "http://host", "host:", "host:0", "host:70000", "host:x", "10.0.0.0/33", "10.0.0.1/8",
        "10.0.0", "300.1.1.1", "a b", "*", "-host", "[::1", "[::1]9000", "[host]:1", "a:b:c",
        "0x7f000001",
    ],
)  # fmt: skip
def test_nonsense_in_the_allow_list_is_refused_with_a_way_out(entry, monkeypatch):
    with pytest.raises(ValueError, match=r".+"):
        addresses.parse(entry)
    monkeypatch.setenv("MEGAHUB_OUTBOUND_ALLOW", f"127.0.0.1:9000,{entry}")
    with pytest.raises(environment.SettingError, match=r"MEGAHUB_OUTBOUND_ALLOW.*10\.2\.0\.0/16"):
        environment.addresses("MEGAHUB_OUTBOUND_ALLOW")


def test_the_hub_does_not_start_with_a_wrong_allow_list():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "MEGAHUB_OUTBOUND_ALLOW": "http://127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "MEGAHUB_OUTBOUND_ALLOW" in done.stderr


def test_what_is_allowed_never_grows_beyond_its_network():
    allow = AllowList(["10.2.0.0/16"])
    network = ip_network("10.2.0.0/16")
    for text in FORBIDDEN:
        address = ip_address(text)
        if address.version == 4 and address in network:
            continue
        assert allow.problem("x.example", [address], 443), text


def test_a_target_knows_its_own_address():
    assert Target(scheme="http", host="::1", port=80, path="/").url == "http://[::1]/"
