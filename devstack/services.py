"""The processes of the embedded stack that are the project's own: the service's and those of its surroundings."""

import os
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from devstack.processes import Server, listens
from settings import PREFIX

ROOT = Path(__file__).resolve().parent.parent
LOG_LEVEL = f"{PREFIX}LOG_LEVEL"


def python_server(
    name: str,
    arguments: tuple[str, ...],
    folder: Path,
    settings: Mapping[str, str],
    *,
    url: str = "",
    port: int = 0,
) -> Server:
    """A process of Python with these settings; ready once `url` is answered, or something listens on `port`.

    `folder` holds a folder for the log of each.
    """
    logs = folder / name
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    # What the user has set for a service of their own must not change this one; how much it logs may.
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name == LOG_LEVEL}
    environment = {**others, **settings, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]

    async def is_ready() -> bool:
        if port:
            return listens(port)
        if not url:
            return True
        # It listens on this machine only; to load the certificates would take longer than to ask.
        async with httpx.AsyncClient(timeout=2, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as client:
            try:
                return not (await client.get(url)).is_server_error
            except httpx.HTTPError:
                return False

    return Server(f"The {name}", command, logs / "server.log", is_ready, environment=environment)
