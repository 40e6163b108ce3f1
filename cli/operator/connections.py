"""Where a command finds the database and Temporal, and what it says when they cannot be used."""

import errno
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cli.errors import fail, is_debugging
from cli.run_file import RUN_SETTINGS, read_stack_settings

if TYPE_CHECKING:
    import asyncpg
    from temporalio.client import Client

    from settings import Settings

# What is loaded here is what most of a command's time goes to, so each command loads what it uses.
# ruff: noqa: PLC0415

T = TypeVar("T")

CONNECT_TIMEOUT = 5.0
CLOSE_TIMEOUT = 2.0
DISK_FULL = ((errno.ENOSPC,), (errno.EDQUOT,), (errno.EFBIG,), (errno.EIO,))


def run(command: Coroutine[Any, Any, T]) -> T:
    """Run a command to its end. Once interrupted it ends as interrupted, whatever error follows."""
    import asyncio
    import signal

    interrupted = False

    async def interruptible() -> T:
        task = asyncio.current_task()
        assert task is not None
        cancel = task.cancel

        def interrupt() -> None:
            nonlocal interrupted
            interrupted = True
            cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)
        return await command

    try:
        return asyncio.run(interruptible())
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and not is_debugging():
            # It came before there was a handler, and left half a loop behind: Python prints what is then ignored.
            sys.unraisablehook = lambda _: None
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        command.close()


def settings(run_file: Path = RUN_SETTINGS) -> "Settings":
    """The settings of the environment; the running embedded stack's where it names no database. Raises UsageError."""
    from settings import SettingsError, load_settings

    if not os.environ.get("RJ_DATABASE_URL"):
        stack = read_stack_settings(run_file)
        if stack is None:
            fail("No database configured: set RJ_DATABASE_URL, or start the embedded stack with rj up")
        for name, value in stack.items():
            if name.startswith("RJ_"):
                os.environ.setdefault(name, str(value))
    try:
        return load_settings()
    except SettingsError as error:
        return fail(str(error))


@asynccontextmanager
async def database(settings: "Settings") -> AsyncIterator["asyncpg.Pool"]:
    """The database, for as long as a command runs. Raises UsageError where it is unavailable."""
    import asyncio
    from urllib.parse import urlsplit

    from adapters.postgres.pool import open_pool

    dsn = settings.database_url.get_secret_value()
    address = urlsplit(dsn)
    _keep_quiet()
    with _database_errors(f"{address.hostname or 'localhost'}:{address.port or 5432}"):
        async with asyncio.timeout(CONNECT_TIMEOUT):
            pool = await open_pool(dsn)
        try:
            yield pool
        finally:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await pool.close()
            except TimeoutError:
                pool.terminate()


@contextmanager
def _database_errors(address: str) -> Iterator[None]:
    import asyncpg

    from adapters.postgres.pool import UNAVAILABLE_ERRORS

    try:
        yield
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError):
        fail("Database schema is out of date: run rj migrate")
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        fail(f"Database login refused: {error}")
    except UNAVAILABLE_ERRORS as error:
        if isinstance(error, BrokenPipeError) or getattr(error, "filename", None) or error.args[:1] in DISK_FULL:
            # It is our own input or output that failed, and not the connection.
            raise
        fail(f"The database at {address} does not answer: is it running?")


@asynccontextmanager
async def temporal(settings: "Settings") -> AsyncIterator["Client"]:
    """Temporal, for as long as a command runs. Raises UsageError where it is unavailable."""
    import asyncio

    from temporalio.service import RPCError

    from adapters.temporal.client import connect

    _keep_quiet()
    address = settings.temporal_address
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            client = await connect(settings)
        yield client
    except RPCError as error:
        fail(f"Temporal at {address} refused: {error.status.name.lower()}")
    except TimeoutError:
        fail(f"Temporal at {address} does not answer: is it running?")


def _keep_quiet() -> None:
    """Log for debugging only: a command prints what goes wrong in one line of its own."""
    from log import configure_logging

    configure_logging("json", "debug" if is_debugging() else "critical")
