"""The pool of connections to PostgreSQL that the adapters share."""

import asyncio
import json

import asyncpg
import structlog

from ports.backoff import Backoff

log = structlog.get_logger("adapters.postgres.pool")

MAX_CONNECTIONS = 10
BACKOFF = Backoff(first=0.5, longest=2.0)
UNAVAILABLE_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # A connection that PostgreSQL ended in the middle of an answer says so until that end is noticed.
    asyncpg.InternalClientError,
)
"""What a statement raises where the database is unavailable, stopping or full, and not where a statement is wrong."""
_MAY_COME = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


async def open_pool(dsn: str) -> asyncpg.Pool:
    """Create a pool, and wait for the database as `wait_for_database` does."""
    pool = await create_pool(dsn)
    await wait_for_database(pool)
    return pool


async def create_pool(dsn: str) -> asyncpg.Pool:
    """Create a pool that connects when it is used, and whose connections carry `jsonb` as Python's plain values."""
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=MAX_CONNECTIONS,
        timeout=10,
        command_timeout=30,
        max_cached_statement_lifetime=0,
        init=lambda connection: connection.set_type_codec(
            "jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads
        ),
        reset=_nothing_to_reset,
        server_settings={"application_name": "restorative-justice"},
    )


async def wait_for_database(pool: asyncpg.Pool) -> None:
    """Wait until the database answers, for as long as it takes, and log it.

    Raises asyncpg's error for what waiting does not change, such as a wrong password.
    """
    failures = 0
    while True:
        try:
            await pool.fetchval("select 1")
        except _MAY_COME as error:
            failures += 1
            log.warning("database.waiting", tries=failures, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(BACKOFF.pause(failures))
        else:
            if failures:
                log.info("database.found", tries=failures)
            return


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """No statement here leaves anything in a session, and asyncpg's own reset costs a round trip."""
