"""PostgreSQL and Valkey: those the environment names, or embedded ones."""

import subprocess
from pathlib import Path
from typing import Protocol

import psycopg
import redis
from psycopg.conninfo import conninfo_to_dict

from megahub.embedded import EmbeddedError, Postgres, Valkey
from megahub.guardian import Guardian
from megahub.up.refusal import Refusal

OLDEST_POSTGRESQL = 15
CONNECT_SECONDS = 5


class Service(Protocol):
    """An embedded server under the supervisor's care."""

    process: subprocess.Popen[bytes] | None

    def start(self) -> str: ...

    def stop(self) -> None: ...


def database(
    given: str, *, data: Path, guard: Guardian, connections: int
) -> tuple[str, Service | None]:
    """Return the database's address, and the server if it is ours."""
    if given:
        _check_database(given)
        return given, None
    return _start(Postgres(data, guard=guard, connections=connections))


def valkey(given: str, *, data: Path, guard: Guardian) -> tuple[str, Service | None]:
    """Return the address of Valkey, and the server if it is ours."""
    if given:
        _check_valkey(given)
        return given, None
    return _start(Valkey(data, guard=guard))


def _start(service: Service) -> tuple[str, Service]:
    try:
        return service.start(), service
    except (EmbeddedError, OSError) as error:
        raise Refusal(str(error)) from None


def _check_database(address: str) -> None:
    try:
        facts = conninfo_to_dict(address)
        with psycopg.connect(address, connect_timeout=CONNECT_SECONDS) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.ProgrammingError as error:
        raise Refusal(f"DATABASE_URL cannot be read as an address: {_line(error)}") from None
    except psycopg.OperationalError as error:
        where = f"{facts.get('host', 'localhost')}:{facts.get('port', 5432)}"
        raise Refusal(
            f"DATABASE_URL: PostgreSQL at {where} does not let us in ({_line(error)}): "
            "start it, mend the address or its password, or unset it to use the embedded one"
        ) from None
    if version < OLDEST_POSTGRESQL:
        raise Refusal(
            f"DATABASE_URL leads to PostgreSQL {version}: use {OLDEST_POSTGRESQL} or newer"
        )


def _check_valkey(address: str) -> None:
    try:
        client = redis.Redis.from_url(
            address, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
        )
        client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise Refusal(
            f"REDIS_URL: no Valkey or Redis lets us in there ({_line(error)}): "
            "start it, mend the address or its password, or unset it to use the embedded one"
        ) from None


def _line(error: Exception) -> str:
    """Return what an error says in its last line, without its trailing dots."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1].strip().rstrip(".")
