"""The socket on which the service listens, and its HTTP server."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

GRACE_SECONDS = 10
"""How long requests under way may take when the server is stopped."""


class HttpServer(uvicorn.Server):
    """uvicorn, with signals left to the process that runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


def listen_at(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections. Raises OSError where the address cannot be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    # asyncio sets this itself, but not on a socket made so. Without it an answer on a connection that stays open
    # waits some 40 ms for the acknowledgement of its head before its body is sent.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def create_server(app: Any) -> HttpServer:
    """Return the server of `app` as the service runs it; benchmarks run the same for comparison."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return HttpServer(config)
