"""Sends webhooks from a process of its own, over connections that stay open; every request is signed beforehand.

`python -m benchmarks.sending` reads one JSON object a line from standard input, an `Order`, and answers each with one
line, what `Sent` holds. It ends with its input.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from shutdown import hard_exit

ROOT = Path(__file__).resolve().parent.parent
ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Message:
    """One webhook: its id, and its body as text."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent: to `url`, signed with `key`, over so many `connections`.

    Each connection sends its next message once the one before is answered; with a `rate` (messages a second, in all)
    no sooner than its turn comes.
    """

    url: str
    key: str
    messages: tuple[Message, ...]
    connections: int
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of an order: `answered` is when each message was answered, in seconds since 1970, in the messages'
    order; `latencies` how many seconds each answer took. Only a 202 counts as one.
    """

    seconds: float
    answered: tuple[float, ...]
    latencies: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Messages a second."""
        return len(self.answered) / self.seconds


class RefusedError(Exception):
    """A message was not answered with 202."""


def percentile(values: Sequence[float], share: int) -> float:
    """The value below which `share` of a hundred lie."""
    return quantiles(values, n=100, method="inclusive")[share - 1]


class Sender:
    """The process that sends, as the one that measures sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def send(self, order: Order) -> Sent:
        """Have `order` sent to its end. Raises RefusedError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        answer = json.loads(await self._process.stdout.readline() or '{"error": "the sender has ended"}')
        if "error" in answer:
            raise RefusedError(answer["error"])
        return Sent(answer["seconds"], tuple(answer["answered"]), tuple(answer["latencies"]))


@asynccontextmanager
async def sender() -> AsyncIterator[Sender]:
    """A process that sends, for as long as it is needed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.sending"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=2**26,
    )
    assert process.stdin is not None
    try:
        yield Sender(process)
    finally:
        process.stdin.close()
        await process.wait()


# ------------------------------------------------------------------------------------ in the process that sends


class Connection(asyncio.Protocol):
    """One connection that stays open. No more of HTTP than the answers here need: it must cost next to nothing."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answered: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head) and self._answered is not None:
            self._received = b""
            self._answered.set_result(head)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("the server hung up"))

    async def ask(self, request: bytes) -> int:
        """The status of the answer to `request`."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return int((await self._answered)[9:12])

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self._answered = None
        self._transport.close()


def _length(head: bytes) -> int:
    _, found, after = head.lower().partition(b"content-length:")
    assert found, "the answer says no length"
    return int(after.partition(b"\r\n")[0])


def _requests(order: Order) -> list[bytes]:
    """Every request as it is sent."""
    place, hook, now = urlsplit(order.url), Webhook(order.key), datetime.now(UTC)
    requests = []
    for message in order.messages:
        head = (
            f"POST {place.path} HTTP/1.1\r\nhost: {place.netloc}\r\ncontent-type: application/json\r\n"
            f"webhook-id: {message.id}\r\nwebhook-timestamp: {int(now.timestamp())}\r\n"
            f"webhook-signature: {hook.sign(message.id, now, message.body)}\r\n"
            f"content-length: {len(message.body.encode())}\r\n\r\n"
        )
        requests.append(f"{head}{message.body}".encode())
    return requests


async def _fulfil(order: Order) -> Sent:
    place, requests = urlsplit(order.url), _requests(order)
    host, port = str(place.hostname), place.port or 80
    answered, latencies = [0.0] * len(requests), [0.0] * len(requests)
    turns = iter(range(len(requests)))
    loop = asyncio.get_running_loop()
    connections = [(await loop.create_connection(Connection, host, port))[1] for _ in range(order.connections)]
    began = time.perf_counter()

    async def go_on(connection: Connection) -> None:
        for turn in turns:
            if order.rate:
                await asyncio.sleep(max(began + turn / order.rate - time.perf_counter(), 0))
            sent = time.perf_counter()
            status = await connection.ask(requests[turn])
            latencies[turn], answered[turn] = time.perf_counter() - sent, time.time()
            if status != ACCEPTED:
                raise RefusedError(f"message {turn} was answered {status}")

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(go_on(connection))
    seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return Sent(seconds, tuple(answered), tuple(latencies))


def _order(line: str) -> Order:
    fields = json.loads(line)
    return Order(**{**fields, "messages": tuple(Message(**each) for each in fields["messages"])})


def main() -> int:
    """Fulfil orders until there are no more."""
    for line in sys.stdin:
        try:
            answer = asdict(asyncio.run(_fulfil(_order(line))))
        except* (OSError, RefusedError) as failed:
            answer = {"error": "; ".join(str(each) for each in failed.exceptions)}
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    hard_exit(main())
