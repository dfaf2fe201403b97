"""What runs on the database's machine: PostgreSQL and Valkey, open to the others; says where."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bench.hosts.network import ADDRESSES
from megahub.embedded import Valkey
from megahub.embedded import postgres as embedded
from megahub.guardian import Guardian

HERE = ADDRESSES["db"]
VALKEY_PORT = 6379


def main(folder: Path) -> None:
    guard = Guardian()
    embedded.POSTGRES_SETTINGS["listen_addresses"] = f"127.0.0.1,{HERE}"
    postgres, valkey = embedded.Postgres(folder, guard=guard), Valkey(folder, guard=guard)
    database, broker = postgres.start(), valkey.start()
    with (postgres.folder / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 10.77.0.0/24 scram-sha-256\n")
    assert postgres.process is not None
    os.kill(postgres.process.pid, signal.SIGHUP)
    print(json.dumps({"database": _at(database), "broker": _at(broker, VALKEY_PORT)}), flush=True)
    asyncio.run(_forward(urlsplit(broker).port or 0))


def _at(url: str, port: int | None = None) -> str:
    parts = urlsplit(url)
    who = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{who}@{HERE}:{port or parts.port}"))


async def _forward(port: int) -> None:
    """Valkey listens on loopback only; its bells may be lost anyway."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, their_writer), copy(their_reader, writer))

    server = await asyncio.start_server(serve, HERE, VALKEY_PORT)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
