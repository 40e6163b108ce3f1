"""A national case file, made inside PostgreSQL: each case a copy of a template, with a reference and dates of its own.

The digests are those of the templates, so that the chains of the copies do not hold: nothing that is measured here
looks at them. Everything else is as the service writes it. The rows lie in the order of their references, which are
random, so that the keys are built in order.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.board import PostgresBoard
from benchmarks.scale.surroundings import BESIDE, CASEWORKERS
from benchmarks.scale.templates import Template, write_templates
from domain.references import ALPHABET

OPEN = ENDED = 1_000_000
IN_ONE_STATEMENT = 200_000
LONGEST = 3600.0
"""Seconds for one statement."""

# A reference of its own for each number: a multiplier without a factor in common with 30 to the 8th loses none.
_SIGN = "substr('@', (scattered / {} % 30)::integer + 1, 1)".replace("@", ALPHABET)
_REF = " || ".join(
    ("'RJ-'", *(_SIGN.format(30**place) for place in range(4)), "'-'", *(_SIGN.format(30**p) for p in range(4, 8)))
)
_CHANCE = "(hashint8extended(number, {of}) & 2147483647)::integer % {of}"

# Which case is a copy of which template, of which area, whose, and moved by how many days.
_CHOSEN = f"""
insert into chosen (ref, template, area, assigned_to, days)
select {_REF}, picks.ref, area, case
        when {_CHANCE.format(of=41)} = 0 then ''
        when {_CHANCE.format(of=97)} = 0 then 'gone.' || area
        else 'cw' || {_CHANCE.format(of=CASEWORKERS)} || '.' || area
    end,
    ($4::date - (hashint8extended(number, 7) & 2147483647)::integer % $5) - picks.ends_on
from (
    select number, number * 282475249 % 656100000000 as scattered,
        'area-' || lpad(({_CHANCE.format(of=43)} + 1)::text, 2, '0') as area,
        (hashint8extended(number, 11) & 2147483647)::integer % $6 as slot
    from generate_series($1::bigint, $2::bigint) as number
) as made join picks on picks.is_open = $3 and picks.slot = made.slot
"""  # noqa: S608 - constants

_IN_ORDER = """
create unlogged table copies as select row_number() over (order by ref) as number, * from chosen;
create unique index on copies (number);
drop table chosen;
analyze copies
"""

_COPIED = ("cases", "entries", "waits", "wait_history", "stage_history")
_FILLED = (*_COPIED, "asks", "ask_attempts", "inbox", "findings", "staff")

# The template's rows are put aside, and nothing else is left of them.
_ASIDE = "create temporary table aside_{table} as select * from {table}; analyze aside_{table}"
_EMPTY = f"truncate {', '.join(_FILLED)}, changes cascade"

# What is loaded here can be made again: nothing has to wait for the disk until all is there.
_IN_HASTE = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'4GB'", "autovacuum": "off"}
_SESSION = """
set synchronous_commit = off; set session_replication_role = replica;
set maintenance_work_mem = '1GB'; set work_mem = '256MB'
"""

Connection = asyncpg.Connection | PoolConnectionProxy


@dataclass(frozen=True, slots=True)
class Size:
    """How many cases of each."""

    open: int = OPEN
    ended: int = ENDED


def _say(text: str) -> None:
    sys.stderr.write(f"  scale: {text}\n")
    sys.stderr.flush()


async def load(pool: asyncpg.Pool, size: Size, today: datetime | None = None) -> dict[str, float]:
    """Fill the database, which is empty so far; what each part took, in seconds."""
    today, loading = today or datetime.now(UTC), Loading()
    templates = await write_templates(pool)
    async with pool.acquire() as connection:
        await _hurry(connection)
        indexes = await _without_indexes(connection)
        for table in _COPIED:
            await connection.execute(_ASIDE.format(table=table))
        await connection.execute(_EMPTY)
        await _choose(connection, templates, size, today, loading)
        for table, columns in (await _columns(connection)).items():
            await loading.run(connection, table, _copy(table, columns), of=size.open + size.ended)
        for table, statement in BESIDE.items():
            await loading.run(connection, table, statement)
        await connection.execute("drop table copies")
        for definition in indexes:
            await loading.run(connection, "indexes", definition)
        await loading.run(connection, "vacuum", "vacuum (analyze)")
        await _hurry_no_more(connection)
    await PostgresBoard(pool).refresh(today.date(), 0.0)
    return loading.took


class Loading:
    """Runs the statements, tells how far it is, and keeps what each took in seconds."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}

    async def run(self, connection: Connection, name: str, statement: str, of: int | None = None) -> None:
        """Run `statement`; with `of`, for so many copies, a part of them at a time."""
        began = time.perf_counter()
        if of is None:
            await connection.execute(statement, timeout=LONGEST)
        for start in range(1, (of or 0) + 1, IN_ONE_STATEMENT):
            end = min(start + IN_ONE_STATEMENT - 1, of or 0)
            await connection.execute(statement, start, end, timeout=LONGEST)
            _say(f"{name}: {end} of {of} cases")
        seconds = time.perf_counter() - began
        self.took[name] = round(self.took.get(name, 0.0) + seconds, 1)
        _say(f"{name}: {seconds:.1f} s")


async def _hurry(connection: Connection) -> None:
    for name, value in _IN_HASTE.items():
        await connection.execute(f"alter system set {name} = {value}")
    await connection.execute("select pg_reload_conf()")
    await connection.execute(_SESSION)


async def _hurry_no_more(connection: Connection) -> None:
    await connection.execute("reset all")
    await connection.execute("discard temp")
    await connection.execute("alter system reset all")
    await connection.execute("select pg_reload_conf()")
    await connection.execute("checkpoint", timeout=LONGEST)


async def _without_indexes(connection: Connection) -> list[str]:
    """Drop what is no constraint's index, and give the definitions as the schema has them."""
    rows = await connection.fetch(
        """
        select indexname, indexdef from pg_indexes
        where schemaname = 'public' and tablename = any($1)
            and not exists (select from pg_constraint where conindid = to_regclass(quote_ident(indexname)))
        """,
        list(_FILLED),
    )
    for row in rows:
        await connection.execute(f"drop index {row['indexname']}")
    return [row["indexdef"] for row in rows]


async def _choose(
    connection: Connection, templates: Sequence[Template], size: Size, today: datetime, loading: Loading
) -> None:
    """Make the table `copies`: a line for each case, numbered in the order of their references."""
    await connection.execute(
        """
        create temporary table picks (is_open boolean, slot integer, ref text, ends_on date);
        create unlogged table chosen (ref text, template text, area text, assigned_to text, days integer)
        """
    )
    slots: dict[bool, list[Template]] = {True: [], False: []}
    for each in templates:
        slots[each.is_open] += [each] * each.weight
    for is_open, chosen in slots.items():
        rows: list[tuple[Any, ...]] = [
            (is_open, slot, each.ref, each.ends_at.date()) for slot, each in enumerate(chosen)
        ]
        await connection.executemany("insert into picks values ($1, $2, $3, $4)", rows)
    for is_open, first, count, days in ((True, 1, size.open, 30), (False, size.open + 1, size.ended, 900)):
        last = first + count - 1
        _say(f"choosing {count} cases that {'are open' if is_open else 'have ended'}")
        values = (first, last, is_open, today.date(), days, len(slots[is_open]))
        await connection.execute(_CHOSEN, *values, timeout=LONGEST)
    await loading.run(connection, "choosing", _IN_ORDER)


async def _columns(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """The columns of each table that is copied, with their types, without what PostgreSQL works out."""
    rows = await connection.fetch(
        """
        select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'public' and is_generated = 'NEVER' and table_name = any($1)
        order by array_position($1, table_name::text), ordinal_position
        """,
        list(_COPIED),
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["table_name"], []).append((row["column_name"], row["data_type"]))
    return found


_REAL = frozenset({"written_at"})
_MOVED = frozenset({"date", "timestamp with time zone"})


def _copy(table: str, columns: Sequence[tuple[str, str]]) -> str:
    """The statement that copies a table of the case file: what is of a time is moved, all else is as it was."""
    names = ", ".join(f'"{name}"' for name, _ in columns)
    values = ", ".join(_value(name, kind) for name, kind in columns)
    return f"""
    insert into {table} ({names})
    select {values} from copies join aside_{table} as t on t.ref = copies.template
    where copies.number between $1 and $2
    """  # noqa: S608 - names of the schema


def _value(name: str, kind: str) -> str:
    if name in ("ref", "area", "assigned_to"):
        return f"copies.{name}"
    if kind in _MOVED and name not in _REAL:
        by = "copies.days" if kind == "date" else "copies.days * interval '1 day'"
        return f't."{name}" + {by}'
    return f't."{name}"'
