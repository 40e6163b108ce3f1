"""A stack of which each part may be stopped or killed at any moment."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.migrations import migrate
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from benchmarks.agency import Arrivals, agency
from devstack.embedded import attribute_types, postgres, temporal_server
from devstack.processes import HOST, free_port, keep_running
from devstack.services import ROOT, python_server
from domain.vocabulary import AgencyKind
from ports.agencies import Agency, ChannelName
from ports.token_key import TokenKey
from workflows.names import SEARCH_ATTRIBUTES

AREA = "eastmoor"
VLO, PROBATION, PRISON, REHUB = "eastmoor-vlo", "eastmoor-probation", "eastmoor-prison", "hmpps-rehub"
AGENCIES = {
    VLO: (AgencyKind.VLO, AREA),
    PROBATION: (AgencyKind.PROBATION, AREA),
    PRISON: (AgencyKind.PRISON, AREA),
    REHUB: (AgencyKind.HMPPS_REHUB, ""),
}


class Restartable:
    """A server that keeps its data and its address while it is stopped and started."""

    def __init__(self, start: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._start = start
        self._running = AsyncExitStack()

    async def start(self) -> Any:
        """Start it, and wait until it answers; what its context gives."""
        return await self._running.enter_async_context(self._start())

    async def stop(self) -> None:
        """Stop it, if it runs."""
        await self._running.aclose()


@dataclass(frozen=True)
class ChaosStack:
    """PostgreSQL, Temporal, two servers, a worker, and agencies that accept whatever they are asked."""

    postgres: Restartable
    temporal: Restartable
    servers: tuple[str, ...]
    settings: Mapping[str, str]
    keys: Mapping[str, str]
    asked: Arrivals

    @property
    def dsn(self) -> str:
        return self.settings["RJ_DATABASE_URL"]

    @property
    def token_key(self) -> TokenKey:
        return TokenKey(self.settings["RJ_TOKEN_KEY"].encode())


@asynccontextmanager
async def chaos_stack(folder: Path) -> AsyncIterator[ChaosStack]:
    """Everything started, with its data in `folder`; our own processes are restarted when they die."""
    postgres_port, temporal_port, ports = free_port(), free_port(), (free_port(), free_port())
    attributes = attribute_types(SEARCH_ATTRIBUTES)
    database = Restartable(lambda: postgres(folder / "postgres", port=postgres_port, durable=False))
    temporal = Restartable(
        lambda: temporal_server(folder / "temporal", ui=False, search_attributes=attributes, port=temporal_port)
    )
    keys = {name: "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode() for name in AGENCIES}
    asked = Arrivals()
    async with AsyncExitStack() as running:
        for restartable in (database, temporal):
            running.push_async_callback(restartable.stop)
        dsn = await database.start()
        await asyncio.to_thread(migrate, dsn)
        await _enter_agencies(dsn, await running.enter_async_context(agency(asked)), keys)
        settings = {
            "RJ_DATABASE_URL": dsn,
            "RJ_TOKEN_KEY": secrets.token_hex(32),
            "RJ_TEMPORAL_ADDRESS": (await temporal.start()).address,
            "RJ_ALLOWED_NETWORKS": f"{HOST}/32",
        }
        for number, port in enumerate(ports):
            command, own = (str(ROOT / "server.py"),), settings | {"RJ_PORT": str(port)}
            server = python_server(f"server-{number}", command, folder, own, url=f"http://{HOST}:{port}/healthz")
            await running.enter_async_context(keep_running(server))
        worker = python_server("worker", (str(ROOT / "worker.py"),), folder, settings)
        await running.enter_async_context(keep_running(worker))
        yield ChaosStack(database, temporal, tuple(f"http://{HOST}:{port}" for port in ports), settings, keys, asked)


async def _enter_agencies(dsn: str, url: str, keys: Mapping[str, str]) -> None:
    async with await open_pool(dsn) as pool:
        for name, (kind, area) in AGENCIES.items():
            key, address = (keys[name],), f"{url}/{name}"
            entry = Agency(name, kind, area, name, ChannelName.HTTP, address, their_keys=key, our_keys=key)
            await PostgresDirectory(pool).save(entry)
