"""A database that many tests share, each beginning with nothing in it: to copy one for each takes longer than most."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from adapters.postgres.pool import open_pool

TABLES = (
    "notifications, entries, waits, wait_history, stage_history, cases, asks, ask_attempts, agencies, agency_keys, "
    "area_settings, staff, vault.victims, vault.access_log"
)


@asynccontextmanager
async def shared_database(postgres_dsn: str, template_dsn: str) -> AsyncIterator[tuple[str, asyncpg.Pool]]:
    """The address of a database with the present schema, and connections to it."""
    name, template = f"notices_{uuid.uuid4().hex}", template_dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(f"create database {name} template {template} strategy file_copy")
    await connection.close()
    dsn = template_dsn.replace(f"/{template}?", f"/{name}?")
    pool = await open_pool(dsn)
    # So that a case can be made away with after its test.
    await pool.execute("drop trigger entries_are_append_only on entries")
    yield dsn, pool
    pool.terminate()


async def empty(pool: asyncpg.Pool) -> None:
    """Leave nothing for the next test."""
    await pool.execute(f"truncate {TABLES} cascade")
