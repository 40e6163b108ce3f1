"""A national case file, made inside PostgreSQL: each case a copy of a template, with a reference and dates of its own.

The digests are those of the templates, so that the chains of the copies do not hold: nothing that is measured here
looks at them. Everything else is as the service writes it.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.board import PostgresBoard
from benchmarks.scale.beside import BESIDE
from benchmarks.scale.templates import Template, write_templates
from domain.references import ALPHABET

OPEN = ENDED = 1_000_000
IN_ONE_STATEMENT = 100_000

# A reference of its own for each number: a multiplier without a factor in common with 30 to the 8th loses none.
_FUNCTIONS = """
create function pg_temp.ref_of(number bigint) returns text language sql immutable as $$
    select 'RJ-' || string_agg(substr('@', (scattered / power(30, place)::bigint % 30)::integer + 1, 1), '')
            filter (where place < 4)
        || '-' || string_agg(substr('@', (scattered / power(30, place)::bigint % 30)::integer + 1, 1), '')
            filter (where place >= 4)
    from (select number * 282475249 % 656100000000 as scattered) as spread, generate_series(0, 7) as place
$$;
create function pg_temp.chance(number bigint, of integer) returns integer language sql immutable as $$
    select abs(hashint8(number * 31 + of)) % of
$$;
""".replace("@", ALPHABET)

# Which case is a copy of which template, of which area, whose, and moved by how many days.
_COPIES = """
insert into copies (ref, template, area, assigned_to, days)
select pg_temp.ref_of(number), picked.ref, area, case
        when pg_temp.chance(number, 41) = 0 then ''
        when pg_temp.chance(number, 97) = 0 then 'gone.' || area
        else 'cw' || pg_temp.chance(number, 24) || '.' || area
    end,
    ($4::date - pg_temp.chance(number, $5)) - picked.ends_on
from generate_series($1::bigint, $2::bigint) as number
cross join lateral (select 'area-' || lpad((pg_temp.chance(number, 43) + 1)::text, 2, '0') as area) as placed
cross join lateral (
    select ref, ends_on from picks where is_open = $3 and slot = pg_temp.chance(number, (
        select count(*)::integer from picks where is_open = $3
    ))
) as picked
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
    """Fill the database; what each part took, in seconds."""
    today = today or datetime.now(UTC)
    templates = await write_templates(pool)
    took: dict[str, float] = {}
    async with pool.acquire() as connection:
        await connection.execute("set synchronous_commit = off; set session_replication_role = replica")
        await connection.execute(_FUNCTIONS)
        indexes = await _without_indexes(connection)
        await _copies(connection, templates, size, today, took)
        for name, statement in _copied(await _columns(connection)).items():
            await _timed(connection, name, statement, took)
        for name, statement in BESIDE.items():
            await _timed(connection, name, statement, took)
        await _timed(connection, "templates away", _AWAY, took)
        began = time.perf_counter()
        for definition in indexes:
            await connection.execute(definition, timeout=3600)
        took["indexes"] = time.perf_counter() - began
        _say(f"indexes in {took['indexes']:.0f} s")
        await _timed(connection, "analyze", "analyze", took)
        await connection.execute("reset session_replication_role; reset synchronous_commit")
    began = time.perf_counter()
    await PostgresBoard(pool).refresh(today.date(), 0.0)
    took["board"] = time.perf_counter() - began
    return {name: round(seconds, 1) for name, seconds in took.items()}


async def _timed(connection: Connection, name: str, statement: str, took: dict[str, float]) -> None:
    began = time.perf_counter()
    await connection.execute(statement, timeout=3600)
    took[name] = time.perf_counter() - began
    _say(f"{name} in {took[name]:.0f} s")


_FILLED = ("cases", "entries", "waits", "past_waits", "spells", "asks", "inbox", "findings", "staff")


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


async def _copies(
    connection: Connection,
    templates: Sequence[Template],
    size: Size,
    today: datetime,
    took: dict[str, float],
) -> None:
    await connection.execute(
        """
        create temporary table picks (is_open boolean, slot integer, ref text, ends_on date);
        create unlogged table copies (ref text, template text, area text, assigned_to text, days integer)
        """
    )
    for is_open in (True, False):
        slots = [each for each in templates if each.is_open is is_open for _ in range(each.weight)]
        rows = [(is_open, slot, each.ref, each.ends_at.date()) for slot, each in enumerate(slots)]
        await connection.executemany("insert into picks values ($1, $2, $3, $4)", rows)
    began = time.perf_counter()
    for is_open, first, count, spread in ((True, 1, size.open, 30), (False, size.open + 1, size.ended, 900)):
        for start in range(first, first + count, IN_ONE_STATEMENT):
            end = min(start + IN_ONE_STATEMENT, first + count) - 1
            await connection.execute(_COPIES, start, end, is_open, today.date(), spread, timeout=3600)
            _say(f"{end} cases chosen")
    await connection.execute("analyze copies")
    took["choosing"] = time.perf_counter() - began


async def _columns(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """The columns of each table that are written, with their types."""
    rows = await connection.fetch(
        """
        select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'public' and is_generated = 'NEVER' and table_name = any($1)
        order by table_name, ordinal_position
        """,
        list(_FILLED),
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["table_name"], []).append((row["column_name"], row["data_type"]))
    return found


_REAL = frozenset({"written_at"})
_MOVED = frozenset({"date", "timestamp with time zone"})


def _copied(columns: dict[str, list[tuple[str, str]]]) -> dict[str, str]:
    """The statement that copies each table of the case file: what is of a time is moved, all else is as it was."""
    return {name: _copy(name, columns[name]) for name in ("cases", "entries", "waits", "past_waits", "spells")}


def _copy(table: str, columns: list[tuple[str, str]]) -> str:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    values = ", ".join(_value(table, name, kind) for name, kind in columns)
    return f"insert into {table} ({names}) select {values} from copies join {table} as t on t.ref = copies.template"  # noqa: S608 - names of the schema


def _value(table: str, name: str, kind: str) -> str:
    if name in ("ref", "area"):
        return f"copies.{name}"
    if name == "assigned_to":
        return "copies.assigned_to"
    if kind in _MOVED and name not in _REAL:
        by = "copies.days" if kind == "date" else "copies.days * interval '1 day'"
        return f't."{name}" + {by}'
    return f't."{name}"'


_AWAY = """
create temporary table gone as select distinct ref from picks;
delete from waits where ref in (select ref from gone);
delete from past_waits where ref in (select ref from gone);
delete from spells where ref in (select ref from gone);
alter table entries disable trigger user;
delete from entries where ref in (select ref from gone);
alter table entries enable trigger user;
delete from cases where ref in (select ref from gone);
drop table copies
"""
