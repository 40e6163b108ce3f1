"""Real HTTP for tests: an application on a free port, and messages signed as a sender signs them."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from typing import Any

import uvicorn
from standardwebhooks import Webhook
from starlette.types import ASGIApp

from api.http_server import HttpServer
from devstack.processes import free_port

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of what is served by plain HTTP: each that loads the machine's certificates takes 25 ms for it."""
LOOPBACK = (IPv4Network("127.0.0.0/8"),)
"""The network in which tests serve, as settings would allow it."""


@asynccontextmanager
async def serve_app(app: ASGIApp, port: int | None = None) -> AsyncIterator[str]:
    """The address of `app` while it is served."""
    port = free_port(port)
    server = HttpServer(uvicorn.Config(app, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=2))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), "the server did not start"
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def sign_headers(
    key: str,
    message_id: str,
    body: bytes | str,
    *,
    at: datetime | None = None,
    ago: timedelta = timedelta(),
) -> dict[str, str]:
    """The headers of `body`, signed now, or some time ago."""
    moment = (at or datetime.now(UTC)) - ago
    content = body.decode() if isinstance(body, bytes) else body
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(key).sign(message_id, moment, content),
    }


def as_json(value: Mapping[str, Any]) -> bytes:
    """`value` as it is sent."""
    return json.dumps(value).encode()
