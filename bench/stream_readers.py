"""Many readers of a brand's stream, in a process of their own: real ones sit on other machines.

They only note what came when; it is read after the last byte, so that they cost little.
"""

import asyncio
import json
import subprocess
import sys
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 60
_OPEN = b"retry:"


class Readers:
    """`with Readers(url, key, 200) as readers:` — inside, all of them are open."""

    def __init__(self, url: str, key: str, count: int) -> None:
        self._words = [url, key, str(count)]

    def __enter__(self) -> "Readers":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.stream_readers", *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout is None or self._process.stdout.readline() != "open\n":
            raise SystemExit("the readers could not open their streams")
        return self

    def __exit__(self, *_error: object) -> None:
        self._told, _nothing = self._process.communicate("", timeout=PATIENCE)

    def delays(self) -> list[float]:
        """Return for each end that was told how many milliseconds after it that was."""
        found: list[float] = json.loads(self._told)
        return found


class Reader(asyncio.Protocol):
    """One stream: pieces as they come, with their time."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.pieces: list[tuple[float, bytes]] = []
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.pieces.append((time.time(), data))
        if not self.opened.done() and _OPEN in data:
            self.opened.set_result(None)

    def delays(self) -> list[float]:
        found, rest = [], b""
        for at, piece in self.pieces:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line.startswith(b"data:") and b'"completed"' in line:
                    told = json.loads(line[5:])
                    ended = datetime.fromisoformat(told["completed_at"]).timestamp()
                    found.append(1000 * (at - ended))
        return found


async def follow(url: str, key: str, count: int) -> list[float]:
    """Open the streams, say so, and read until our own input ends."""
    where = urlsplit(url)
    request = (
        f"GET /ai/jobs/stream/?kinds=status HTTP/1.1\r\nHost: {where.netloc}\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    readers = []
    for _ in range(count):
        _line, reader = await loop.create_connection(
            lambda: Reader(request), where.hostname, where.port
        )
        readers.append(reader)
    await asyncio.wait_for(asyncio.gather(*[one.opened for one in readers]), PATIENCE)
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    return [delay for reader in readers for delay in reader.delays()]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(follow(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
