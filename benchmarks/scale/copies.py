"""Which case is a copy of which template, and the statements that copy the tables of the case file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from benchmarks.scale.surroundings import CASEWORKERS
from benchmarks.scale.templates import Template
from domain.references import ALPHABET

COPIED_TABLES = ("cases", "entries", "waits", "wait_history", "stage_history")
LONGEST = 3600.0
"""Seconds for one statement."""

Connection = asyncpg.Connection | PoolConnectionProxy

# A reference of its own for each number: a multiplier without a factor in common with 30 to the 8th loses none.
_CHARACTER = "substr('@', (scattered / {} % 30)::integer + 1, 1)".replace("@", ALPHABET)
_REF = " || ".join(
    (
        "'RJ-'",
        *(_CHARACTER.format(30**place) for place in range(4)),
        "'-'",
        *(_CHARACTER.format(30**p) for p in range(4, 8)),
    )
)
_RANDOM = "(hashint8extended(number, {of}) & 2147483647)::integer % {of}"

# Which case is a copy of which template, of which area, whose, and moved by how many days.
_CHOOSE = f"""
insert into chosen (ref, template, area, assigned_to, days)
select {_REF}, picks.ref, area, case
        when {_RANDOM.format(of=41)} = 0 then ''
        when {_RANDOM.format(of=97)} = 0 then 'gone.' || area
        else 'cw' || {_RANDOM.format(of=CASEWORKERS)} || '.' || area
    end,
    ($4::date - (hashint8extended(number, 7) & 2147483647)::integer % $5) - picks.ends_on
from (
    select number, number * 282475249 % 656100000000 as scattered,
        'area-' || lpad(({_RANDOM.format(of=43)} + 1)::text, 2, '0') as area,
        (hashint8extended(number, 11) & 2147483647)::integer % $6 as slot
    from generate_series($1::bigint, $2::bigint) as number
) as made join picks on picks.is_open = $3 and picks.slot = made.slot
"""  # noqa: S608 - constants

NUMBER_COPIES = """
create unlogged table copies as select row_number() over (order by ref) as number, * from chosen;
create unique index on copies (number);
drop table chosen;
analyze copies
"""


async def choose_copies(
    connection: Connection, templates: Sequence[Template], open_cases: int, ended_cases: int, today: datetime
) -> None:
    """Make the table `chosen`: a row for each case. NUMBER_COPIES makes `copies` of it, in the order of references."""
    await connection.execute(
        """
        create temporary table picks (is_open boolean, slot integer, ref text, ends_on date);
        create unlogged table chosen (ref text, template text, area text, assigned_to text, days integer)
        """
    )
    slots: dict[bool, list[Template]] = {True: [], False: []}
    for template in templates:
        slots[template.is_open] += [template] * template.weight
    for is_open, chosen in slots.items():
        rows: list[tuple[Any, ...]] = [
            (is_open, slot, template.ref, template.ends_at.date()) for slot, template in enumerate(chosen)
        ]
        await connection.executemany("insert into picks values ($1, $2, $3, $4)", rows)
    for is_open, first, count, days in ((True, 1, open_cases, 30), (False, open_cases + 1, ended_cases, 900)):
        values = (first, first + count - 1, is_open, today.date(), days, len(slots[is_open]))
        await connection.execute(_CHOOSE, *values, timeout=LONGEST)


async def copied_columns(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """The columns of each table that is copied, with their types, without those that PostgreSQL computes."""
    rows = await connection.fetch(
        """
        select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'public' and is_generated = 'NEVER' and table_name = any($1)
        order by array_position($1, table_name::text), ordinal_position
        """,
        list(COPIED_TABLES),
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["table_name"], []).append((row["column_name"], row["data_type"]))
    return found


_REAL = frozenset({"written_at"})
_MOVED = frozenset({"date", "timestamp with time zone"})


def copy_statement(table: str, columns: Sequence[tuple[str, str]]) -> str:
    """The statement that copies a table of the case file: times are moved, all else is as it was."""
    names = ", ".join(f'"{name}"' for name, _ in columns)
    values = ", ".join(_value(name, kind) for name, kind in columns)
    return f"""
    insert into {table} ({names})
    select {values} from copies join template_{table} as t on t.ref = copies.template
    where copies.number between $1 and $2
    """  # noqa: S608 - names of the schema


def _value(name: str, kind: str) -> str:
    if name in ("ref", "area", "assigned_to"):
        return f"copies.{name}"
    if kind in _MOVED and name not in _REAL:
        by = "copies.days" if kind == "date" else "copies.days * interval '1 day'"
        return f't."{name}" + {by}'
    return f't."{name}"'
