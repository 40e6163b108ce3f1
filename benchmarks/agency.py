"""An agency that accepts every ask with 202, over real HTTP, and remembers which asks have arrived."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from devstack.processes import HOST

_ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"


@dataclass
class Arrivals:
    """Which asks have arrived, by case; the load generator, which plays the agencies, waits for them."""

    asked: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _awaited: dict[str, tuple[int, asyncio.Future[None]]] = field(default_factory=dict)

    def add(self, ref: str, key: str) -> None:
        """An ask of the case `ref` has arrived; a second one under its key does not count."""
        self.asked[ref].add(key)
        count, future = self._awaited.get(ref, (0, None))
        if future is not None and len(self.asked[ref]) >= count:
            del self._awaited[ref]
            future.set_result(None)

    async def wait_for(self, ref: str, count: int) -> None:
        """Wait until `count` asks of the case have arrived; one at a time may wait for a case."""
        if len(self.asked[ref]) < count:
            future = asyncio.get_running_loop().create_future()
            self._awaited[ref] = (count, future)
            await future


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """The next request's head; empty where there is none any more."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@asynccontextmanager
async def agency(arrivals: Arrivals) -> AsyncIterator[str]:
    """Serve HTTP on a free port; its address, of which every path accepts asks and updates."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await read_head(reader):
            lines = head.lower().split(b"\r\n")
            length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
            body = json.loads(await reader.readexactly(length))
            # An update, such as that of a meeting day, asks for nothing.
            if "ask" in body:
                arrivals.add(body["case"], body["ask"])
            writer.write(_ACCEPTED)
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def floor_agency(arrivals: Arrivals) -> AsyncIterator[int]:
    """Receive the floor's no-op asks, a line `<case> <key>` each; the port. Cheaper than HTTP by design."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            ref, key = line.decode().split()
            arrivals.add(ref, key)
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        yield server.sockets[0].getsockname()[1]
