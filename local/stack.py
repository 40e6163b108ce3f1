"""The embedded stack: PostgreSQL, Temporal, the simulated agencies, the server and a worker, started together."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import httpx
import structlog

from adapters.migrations import migrate
from adapters.postgres import open_pool
from adapters.postgres_directory import PostgresDirectory
from local.directory import kept_keys, sample_agencies
from local.embedded import free_port, postgres, temporal_server, written_types
from local.processes import HOST, running
from workflows.clock import CaseClock, clock_of
from workflows.names import SEARCH_ATTRIBUTES

log = structlog.get_logger("local.stack")

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen on 127.0.0.1; None: any free port."""

    postgres: int | None = None
    temporal: int | None = None
    temporal_ui: int | None = None
    api: int | None = None
    agencies: int | None = None


REAL_DAY = 86_400.0
"""A day that lasts a day."""

STABLE = Ports(postgres=54329, temporal=7239, temporal_ui=8239, api=8009, agencies=8019)
"""The ports of `rj up`: the same at each start, and away from the usual ones, which may be taken."""


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A folder for a stack whose data nobody keeps; PostgreSQL's, which may lie elsewhere, goes with it."""
    with tempfile.TemporaryDirectory(prefix="restorative-justice-demo-") as folder:
        try:
            yield Path(folder)
        finally:
            shutil.rmtree(Path(folder, "postgres", "cluster").resolve(), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: how it is reached, and the settings that its processes got."""

    settings: Mapping[str, str]
    api_url: str
    agencies_url: str
    ui_url: str | None
    folder: Path

    @property
    def clock(self) -> CaseClock:
        """The clock of the cases that begin here."""
        return clock_of(float(self.settings["RJ_DAY_SECONDS"]), float(self.settings["RJ_CLOCK_ORIGIN"]))

    @property
    def dsn(self) -> str:
        """The address of the database."""
        return self.settings["RJ_DATABASE_URL"]


@asynccontextmanager
async def embedded_stack(
    folder: Path, *, ports: Ports, day_seconds: float, ui: bool, durable: bool
) -> AsyncIterator[Stack]:
    """Run everything with its data in `folder`; a part that dies is started again. Raises EmbeddedError."""
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(postgres(folder / "postgres", port=ports.postgres, durable=durable))
        await asyncio.to_thread(migrate, dsn)
        temporal = await stack.enter_async_context(
            temporal_server(
                folder / "temporal",
                ui=ui,
                search_attributes=written_types(SEARCH_ATTRIBUTES),
                port=ports.temporal,
                ui_port=ports.temporal_ui,
            )
        )
        api_port, agencies_port = free_port(ports.api), free_port(ports.agencies)
        settings = _settings(dsn, temporal.address, api_port, day_seconds, clock_origin(folder))
        made = Stack(settings, f"http://{HOST}:{api_port}", f"http://{HOST}:{agencies_port}", temporal.ui_url, folder)
        await _seed(made)
        for part in _parts(made, agencies_port, day_seconds):
            await stack.enter_async_context(kept_running(part, made))
        yield made


def _settings(dsn: str, temporal_address: str, api_port: int, day_seconds: float, origin: float) -> dict[str, str]:
    return {
        "RJ_DATABASE_URL": dsn,
        "RJ_TEMPORAL_ADDRESS": temporal_address,
        "RJ_HOST": HOST,
        "RJ_PORT": str(api_port),
        "RJ_PUBLIC_URL": f"http://{HOST}:{api_port}",
        "RJ_DAY_SECONDS": str(day_seconds),
        "RJ_CLOCK_ORIGIN": str(origin),
        "RJ_ALLOWED_NETWORKS": "127.0.0.0/8",
    }


def clock_origin(folder: Path) -> float:
    """When the stack with its data in `folder` was first started: its cases' clock goes on from there."""
    file = folder / "clock_origin"
    if not file.exists():
        file.write_text(str(time.time()))
    return float(file.read_text())


async def _seed(stack: Stack) -> None:
    """Put the sample agencies into the directory, with keys that stay the same for this folder."""
    pool = await open_pool(stack.dsn)
    try:
        directory = PostgresDirectory(pool)
        keys = kept_keys(stack.folder / "agencies.json")
        for agency in sample_agencies(stack.agencies_url, keys):
            await directory.put(agency)
    finally:
        await pool.close()


@dataclass(frozen=True, slots=True)
class Part:
    """One of our own processes: its command after the interpreter, and the address that answers when it is ready."""

    name: str
    arguments: tuple[str, ...]
    ready_url: str | None = None


def _parts(stack: Stack, agencies_port: int, day_seconds: float) -> tuple[Part, ...]:
    simulator = (
        *("-m", "local.agencies", "--port", str(agencies_port), "--server-url", stack.api_url),
        *("--day", str(day_seconds), "--keys", str(stack.folder / "agencies.json")),
        *("--memory", str(stack.folder / "agencies" / "memory.json")),
    )
    return (
        Part("agencies", simulator, f"{stack.agencies_url}/"),
        Part("server", (str(ROOT / "server.py"),), f"{stack.api_url}/readyz"),
        Part("worker", (str(ROOT / "worker.py"),)),
    )


@asynccontextmanager
async def kept_running(part: Part, stack: Stack) -> AsyncIterator[None]:
    """Keep `part` running: it is started again when it dies, as an operator's supervisor would."""
    async with AsyncExitStack() as first:
        guard = await first.enter_async_context(_running(part, stack))
        keeper = asyncio.create_task(_keep(part, stack, guard, first.pop_all()))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(part: Part, stack: Stack, guard: "Popen[bytes]", running_now: AsyncExitStack) -> None:
    while True:
        async with running_now:
            # A thread that waits for each part would leave none for the rest where several stacks run.
            while guard.poll() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        log.warning("part.ended", part=part.name, code=guard.returncode)
        running_now = AsyncExitStack()
        guard = await running_now.enter_async_context(_running(part, stack))


def _running(part: Part, stack: Stack) -> AbstractAsyncContextManager["Popen[bytes]"]:
    logs = stack.folder / part.name
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, *part.arguments]
    environment = {**os.environ, **stack.settings, "PYTHONPATH": str(ROOT)}
    return running(
        part.name, command, logs, stop="SIGTERM", user="", ready=lambda: _is_ready(part), environment=environment
    )


async def _is_ready(part: Part) -> bool:
    if part.ready_url is None:
        return True
    async with httpx.AsyncClient(timeout=2) as client:
        try:
            return not (await client.get(part.ready_url)).is_server_error
        except httpx.HTTPError:
            return False
