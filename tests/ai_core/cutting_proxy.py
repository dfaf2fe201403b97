"""A proxy before PostgreSQL that cuts connections at their COMMIT: was it done, or not?"""

import asyncio
import threading
from urllib.parse import urlsplit, urlunsplit

COMMIT = b"COMMIT\0"


class CuttingProxy:
    """Cuts the next `cuts` connections that commit: before the server hears it, or just after."""

    def __init__(self, database_url: str) -> None:
        self._target = urlsplit(database_url)
        self.cuts = 0
        self.done = 0
        self.deliver = True
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.port = 0
        threading.Thread(target=self._serve, daemon=True).start()
        assert self._ready.wait(5)

    @property
    def url(self) -> str:
        netloc = self._target.netloc.rpartition(":")[0] + f":{self.port}"
        return urlunsplit(self._target._replace(netloc=netloc))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connected, "127.0.0.1", 0)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection(self._target.hostname, self._target.port)
        except OSError:
            writer.close()
            return
        both = [
            asyncio.ensure_future(self._requests(reader, there[1])),
            asyncio.ensure_future(_copy(there[0], writer)),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for one in both:
            one.cancel()
        for end in (writer, there[1]):
            end.close()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            cut = COMMIT in data and self.cuts > 0
            if cut:
                self.cuts -= 1
                self.done += 1
            if not cut or self.deliver:
                writer.write(data)
                await writer.drain()
            if cut:
                return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
