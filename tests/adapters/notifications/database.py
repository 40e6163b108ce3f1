"""A database that many tests share, each beginning with nothing in it: to copy one for each takes longer than most."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from adapters.postgres.pool import open_pool
from tests.conftest import TEMPLATE, fresh_database

TABLES = (
    "notifications, entries, waits, wait_history, stage_history, cases, asks, ask_attempts, agencies, agency_keys, "
    "area_settings, staff, vault.victims, vault.access_log"
)


@asynccontextmanager
async def shared_database(postgres_dsn: str) -> AsyncIterator[tuple[str, asyncpg.Pool]]:
    """The address of a database with the present schema, and connections to it."""
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn:
        pool = await open_pool(dsn)
        # So that a case can be removed after its test.
        await pool.execute("drop trigger entries_are_append_only on entries")
        yield dsn, pool
        pool.terminate()


async def empty(pool: asyncpg.Pool) -> None:
    """Leave nothing for the next test."""
    await pool.execute(f"truncate {TABLES} cascade")
