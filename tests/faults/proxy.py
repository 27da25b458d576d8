"""A proxy before the service that forwards requests and, where a test says so, loses the answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536


class LosingProxy:
    """Passes bytes on both ways; cuts the connection before an answer for which `loses` is true.

    The service has then committed, and its client does not know.
    """

    def __init__(self, url: str, loses: Callable[[], bool]) -> None:
        self._server = urlsplit(url)
        self._loses = loses
        self._served: set[asyncio.Task[None]] = set()
        self.lost = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen until the block ends; gives the address to use instead of the service's."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.close()
            for task in self._served:
                task.cancel()
            await asyncio.gather(*self._served, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._served.add(task)
        task.add_done_callback(self._served.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inwards, outwards = await asyncio.open_connection(self._server.hostname, self._server.port)
        ways = [
            asyncio.create_task(self._pass(reader, outwards, lambda: False)),
            asyncio.create_task(self._pass(inwards, writer, self._loses)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, outwards):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, loses: Callable[[], bool]
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if data.startswith(b"HTTP/1.1 20") and loses():
                self.lost += 1
                return
            writer.write(data)
            await writer.drain()
