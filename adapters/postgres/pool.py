"""The pool of connections to PostgreSQL that the adapters share."""

import asyncio
import json

import asyncpg
import structlog

log = structlog.get_logger("adapters.postgres.pool")

MOST_CONNECTIONS = 10
SECONDS_BETWEEN_TRIES = 1.0
AWAY: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # A connection that PostgreSQL ended in the middle of an answer says so until that end is noticed.
    asyncpg.InternalClientError,
)
"""What a statement raises where the database is away, stopping or full, rather than asked something wrong."""
_MAY_COME = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


async def open_pool(dsn: str) -> asyncpg.Pool:
    """A pool whose connections carry `jsonb` as Python's plain values.

    Waits for a database that is away for as long as it takes, and says so in the log; what waiting cannot
    mend, such as a wrong password, is raised as asyncpg raises it.
    """
    tries = 0
    while True:
        try:
            pool = await _connected(dsn)
        except _MAY_COME as error:
            tries += 1
            log.warning("database.waiting", tries=tries, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        else:
            if tries:
                log.info("database.found", tries=tries)
            return pool


async def _connected(dsn: str) -> asyncpg.Pool:
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=MOST_CONNECTIONS,
        timeout=10,
        command_timeout=30,
        max_cached_statement_lifetime=0,
        init=_prepare,
        reset=_nothing_to_reset,
        server_settings={"application_name": "restorative-justice"},
    )


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """No statement here leaves anything in a session, and asyncpg's own reset costs a round trip."""
