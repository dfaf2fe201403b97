"""Rude servers, closed after each test."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def rude() -> Iterator[Callable]:
    """`rude(act)` starts a server whose `act(server, connection, request)` answers."""
    from tests.ai_core.outbound.rude import Rude

    started = []

    def start(act: Callable) -> Rude:
        def bound(connection: socket.socket, request: bytes) -> object:
            return act(server, connection, request)

        server = Rude(bound)
        started.append(server)
        return server

    yield start
    for server in started:
        server.close()
