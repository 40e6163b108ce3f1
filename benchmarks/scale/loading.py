"""A national case file, made inside PostgreSQL: each case a copy of a template, with a reference and dates of its own.

The digests are those of the templates, so the chains of the copies do not hold; nothing that is measured here
uses them. Everything else is as the service writes it. The rows lie in the order of their references, which are
random, so that the keys are built in order.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from adapters.postgres.board import PostgresBoard
from benchmarks.harness import say
from benchmarks.scale.copies import (
    COPIED_TABLES,
    LONGEST,
    NUMBER_COPIES,
    Connection,
    choose_copies,
    copied_columns,
    copy_statement,
)
from benchmarks.scale.surroundings import SURROUNDINGS
from benchmarks.scale.templates import write_templates

OPEN = ENDED = 1_000_000
CASES_A_STATEMENT = 200_000

_FILLED_TABLES = (*COPIED_TABLES, "asks", "ask_attempts", "inbox", "findings", "staff")

# The rows of the templates are all that is needed of them.
_SAVE_TEMPLATES = "create temporary table template_{table} as select * from {table}; analyze template_{table}"
_EMPTY = f"truncate {', '.join(_FILLED_TABLES)}, changes cascade"

# What is loaded here can be made again: nothing has to wait for the disk until all is there.
_FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'4GB'", "autovacuum": "off"}
_SESSION = """
set synchronous_commit = off; set session_replication_role = replica;
set maintenance_work_mem = '1GB'; set work_mem = '256MB'
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How many cases of each."""

    open: int = OPEN
    ended: int = ENDED


async def load(pool: asyncpg.Pool, size: Size, today: datetime | None = None) -> dict[str, float]:
    """Fill the database, which is empty so far; the seconds of each part."""
    today, loader, cases = today or datetime.now(UTC), Loader(), size.open + size.ended
    templates = await write_templates(pool)
    async with pool.acquire() as connection:
        await _use_fast_settings(connection)
        indexes = await _drop_indexes(connection)
        for table in COPIED_TABLES:
            await connection.execute(_SAVE_TEMPLATES.format(table=table))
        await connection.execute(_EMPTY)
        await choose_copies(connection, templates, size.open, size.ended, today)
        await loader.run(connection, "choosing", NUMBER_COPIES)
        for table, columns in (await copied_columns(connection)).items():
            await loader.run(connection, table, copy_statement(table, columns), of=cases)
        for table, statement in SURROUNDINGS.items():
            await loader.run(connection, table, statement)
        await connection.execute("drop table copies")
        for definition in indexes:
            await loader.run(connection, "indexes", definition)
        await loader.run(connection, "vacuum", "vacuum (analyze)")
        await _restore_settings(connection)
    await PostgresBoard(pool).refresh(today.date(), 0.0)
    return loader.took


class Loader:
    """Runs the statements, tells the progress, and counts the seconds of each."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}

    async def run(self, connection: Connection, name: str, statement: str, of: int | None = None) -> None:
        """Run `statement`; with `of`, for that number of copies, a part of them at a time."""
        began = time.perf_counter()
        if of is None:
            await connection.execute(statement, timeout=LONGEST)
        for start in range(1, (of or 0) + 1, CASES_A_STATEMENT):
            end = min(start + CASES_A_STATEMENT - 1, of or 0)
            await connection.execute(statement, start, end, timeout=LONGEST)
            say(f"  scale: {name}: {end} of {of} cases")
        seconds = time.perf_counter() - began
        self.took[name] = round(self.took.get(name, 0.0) + seconds, 1)
        say(f"  scale: {name}: {seconds:.1f} s")


async def _use_fast_settings(connection: Connection) -> None:
    for name, value in _FAST_SETTINGS.items():
        await connection.execute(f"alter system set {name} = {value}")
    await connection.execute("select pg_reload_conf()")
    await connection.execute(_SESSION)


async def _restore_settings(connection: Connection) -> None:
    await connection.execute("reset all")
    await connection.execute("discard temp")
    await connection.execute("alter system reset all")
    await connection.execute("select pg_reload_conf()")
    await connection.execute("checkpoint", timeout=LONGEST)


async def _drop_indexes(connection: Connection) -> list[str]:
    """Drop the indexes that are no constraint's; their definitions as the schema has them."""
    rows = await connection.fetch(
        """
        select indexname, indexdef from pg_indexes
        where schemaname = 'public' and tablename = any($1)
            and not exists (select from pg_constraint where conindid = to_regclass(quote_ident(indexname)))
        """,
        list(_FILLED_TABLES),
    )
    for row in rows:
        await connection.execute(f"drop index {row['indexname']}")
    return [row["indexdef"] for row in rows]
