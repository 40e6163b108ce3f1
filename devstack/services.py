"""The processes of the embedded stack: our own and the simulated agencies', each started again when it dies."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import httpx
import structlog

from devstack.processes import HOST, EmbeddedError, running

log = structlog.get_logger("devstack.services")

ROOT = Path(__file__).resolve().parent.parent
SECONDS_BEFORE_ANOTHER = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """A process: its command after the interpreter, and the address or the port that answers when it is ready."""

    name: str
    arguments: tuple[str, ...]
    ready_url: str | None = None
    ready_port: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where parts run: the folder that has a folder for each one's log, and the settings that they get."""

    folder: Path
    settings: Mapping[str, str]


@asynccontextmanager
async def kept_running(part: Part, place: Place) -> AsyncIterator[None]:
    """Keep `part` running: it is started again when it dies, as an operator's supervisor would."""
    async with AsyncExitStack() as first:
        guard = await first.enter_async_context(_running(part, place))
        keeper = asyncio.create_task(_keep(part, place, guard, first.pop_all()))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(part: Part, place: Place, guard: "Popen[bytes]", running_now: AsyncExitStack) -> None:
    while True:
        async with running_now:
            # A thread that waits for each part would leave none for the rest where several stacks run.
            while guard.poll() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        log.warning("part.ended", part=part.name, code=guard.returncode)
        running_now = AsyncExitStack()
        guard = await _started_again(part, place, running_now)


async def _started_again(part: Part, place: Place, running_now: AsyncExitStack) -> "Popen[bytes]":
    """The guard of the part's next process; one that dies before it is ready is no reason to give up."""
    while True:
        try:
            return await running_now.enter_async_context(_running(part, place))
        except EmbeddedError as error:
            log.warning("part.did_not_start", part=part.name, error=str(error))
            await asyncio.sleep(SECONDS_BEFORE_ANOTHER)


def _running(part: Part, place: Place) -> AbstractAsyncContextManager["Popen[bytes]"]:
    logs = place.folder / part.name
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, *part.arguments]
    environment = {**os.environ, **place.settings, "PYTHONPATH": str(ROOT)}
    return running(
        part.name, command, logs, stop="SIGTERM", user="", ready=lambda: _is_ready(part), environment=environment
    )


async def _is_ready(part: Part) -> bool:
    if part.ready_port is not None:
        return _listens(part.ready_port)
    return part.ready_url is None or await _answers(part.ready_url)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient(timeout=2) as client:
        try:
            return not (await client.get(url)).is_server_error
        except httpx.HTTPError:
            return False
