"""The floor of `webhook_accept`: a bare ASGI handler, under the same uvicorn, that does one insert of the same bytes.

Run as `python -m benchmarks.bare_endpoint DSN PORT`, until SIGTERM.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg

from adapters.postgres.pool import open_pool
from api.http_server import create_server, listen_at
from devstack.processes import HOST
from log import configure_logging
from shutdown import hard_exit

TABLE = "create table bare (id bigint generated always as identity primary key, body bytea not null)"
_INSERT = "insert into bare (body) values ($1)"
_ANSWER = b'{"id":"0123456789abcdef0123456789abcdef","status_url":"http://127.0.0.1:12345/webhooks/agencies/x"}'

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


def handler(pool: asyncpg.Pool) -> Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]:
    """The handler: reads the body, inserts it, answers 202."""

    async def handle(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        if scope["method"] == "POST":
            await pool.execute(_INSERT, body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": _ANSWER})

    return handle


async def serve(dsn: str, port: int) -> None:
    """Serve until SIGTERM."""
    server = create_server(handler(await open_pool(dsn)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.handle_exit, signal.SIGTERM, None)
    with listen_at(HOST, port) as listening:
        await server.serve([listening])


if __name__ == "__main__":
    configure_logging("json", "warning")
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
    hard_exit(0)
