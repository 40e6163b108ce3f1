"""Sends webhooks from a process of its own, over connections that stay open; every request is signed beforehand.

`python -m benchmarks.webhook_sender` reads one JSON object a line from standard input, an `Order`, and answers each
with one line: the fields of `SendResult`. It ends with its input.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook

from benchmarks.harness import Round
from benchmarks.http_connection import HttpConnection
from devstack.services import ROOT
from shutdown import hard_exit


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """One webhook: its id, and its body as text."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent: to `url`, signed with `key`, over `connections`.

    Each connection sends its next message once the one before is answered; with a `rate` (messages a second, in all)
    no sooner than its turn comes.
    """

    url: str
    key: str
    messages: tuple[WebhookMessage, ...]
    connections: int
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class SendResult:
    """When each message was answered, in seconds since 1970, the seconds of each answer, and those of all together."""

    seconds: float
    answered: tuple[float, ...]
    latencies: tuple[float, ...]

    def as_round(self) -> Round:
        return Round(tuple(self.latencies), self.seconds)


class RefusedError(Exception):
    """A message was not answered with 202."""


class WebhookSender:
    """The process that sends."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def send(self, order: Order) -> SendResult:
        """Have `order` sent to its end. Raises RefusedError."""
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: PT018
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        answer = json.loads(await self._process.stdout.readline() or '{"error": "the sender has ended"}')
        if "error" in answer:
            raise RefusedError(answer["error"])
        return SendResult(**answer)


@asynccontextmanager
async def webhook_sender() -> AsyncIterator[WebhookSender]:
    """A process that sends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.webhook_sender"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=2**26,
    )
    assert process.stdin is not None
    try:
        yield WebhookSender(process)
    finally:
        process.stdin.close()
        await process.wait()


async def _fulfil(order: Order) -> SendResult:
    """Send everything. In the process that sends."""
    target, hook, now = urlsplit(order.url), Webhook(order.key), datetime.now(UTC)
    requests = [
        f"POST {target.path} HTTP/1.1\r\nhost: {target.netloc}\r\ncontent-type: application/json\r\n"
        f"webhook-id: {message.id}\r\nwebhook-timestamp: {int(now.timestamp())}\r\n"
        f"webhook-signature: {hook.sign(message.id, now, message.body)}\r\n"
        f"content-length: {len(message.body.encode())}\r\n\r\n{message.body}".encode()
        for message in order.messages
    ]
    answered, latencies = [0.0] * len(requests), [0.0] * len(requests)
    numbers, loop = iter(range(len(requests))), asyncio.get_running_loop()
    address = (str(target.hostname), target.port or 80)
    opened = [await loop.create_connection(HttpConnection, *address) for _ in range(order.connections)]
    began = time.perf_counter()

    async def send(connection: HttpConnection) -> None:
        for number in numbers:
            if order.rate:
                await asyncio.sleep(max(began + number / order.rate - time.perf_counter(), 0))
            sent = time.perf_counter()
            status = await connection.send(requests[number])
            latencies[number], answered[number] = time.perf_counter() - sent, time.time()
            if status != httpx.codes.ACCEPTED:
                raise RefusedError(f"message {number} was answered {status}")

    async with asyncio.TaskGroup() as group:
        for _, connection in opened:
            group.create_task(send(connection))
    seconds = time.perf_counter() - began
    for _, connection in opened:
        connection.close()
    return SendResult(seconds, tuple(answered), tuple(latencies))


def main() -> int:
    """Fulfil orders until there are no more."""
    for line in sys.stdin:
        fields = json.loads(line)
        fields["messages"] = tuple(WebhookMessage(**message) for message in fields["messages"])
        try:
            answer = asdict(asyncio.run(_fulfil(Order(**fields))))
        except* (OSError, RefusedError) as failed:
            answer = {"error": "; ".join(str(error) for error in failed.exceptions)}
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    hard_exit(main())
