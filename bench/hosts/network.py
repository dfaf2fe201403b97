"""Network namespaces joined by one switch; each machine can be cut off and joined again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

PREFIX = "mhub-"
SWITCH = f"{PREFIX}switch"
ADDRESSES = {"db": "10.77.0.10", "web": "10.77.0.11", "work1": "10.77.0.21", "work2": "10.77.0.22"}


def ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True)


@contextmanager
def machines() -> Iterator[None]:
    """Make them; only what is made here is ever touched, and all of it goes again."""
    _remove()
    try:
        ip("netns", "add", SWITCH)
        ip("-n", SWITCH, "link", "add", "bridge", "type", "bridge")
        ip("-n", SWITCH, "link", "set", "bridge", "up")
        for name, address in ADDRESSES.items():
            space = PREFIX + name
            ip("netns", "add", space)
            ip("-n", space, "link", "set", "lo", "up")
            ip("-n", space, "link", "add", "eth0", "type", "veth", "peer", "name", name,
               "netns", SWITCH)  # fmt: skip
            ip("-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")
            ip("-n", SWITCH, "link", "set", name, "master", "bridge", "up")
        yield
    finally:
        _remove()


def on(name: str, command: list[str]) -> list[str]:
    """The command, as it runs on that machine."""
    return ["ip", "netns", "exec", PREFIX + name, *command]


def cut_off(name: str) -> None:
    """Pull the cable: nobody is told, packets are lost."""
    ip("-n", SWITCH, "link", "set", name, "down")


def join(name: str) -> None:
    ip("-n", SWITCH, "link", "set", name, "up")


def _remove() -> None:
    for name in (*ADDRESSES, "switch"):
        ip("netns", "del", PREFIX + name, check=False)
