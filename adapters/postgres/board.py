"""The counts of open cases for the board, in PostgreSQL."""

from datetime import date

import asyncpg

LOCK = 7_240_022
"""The advisory lock of the server that counts."""
COUNT_TIMEOUT = 120.0

_IS_RECENT = "select exists (select from board_snapshots where as_of > now() - $1 * interval '1 second')"

# Both read only the index `cases_of_caseload`.
_BOARD = """
with days as materialized (
    select area, stage, step, (step_since at time zone 'Europe/London')::date as since, count(*) as cases,
        count(*) filter (where is_overdue) as overdue, count(*) filter (where on_hold) as on_hold
    from cases where ended_on is null group by 1, 2, 3, 4
),
every_area as (
    select area, stage, step, since, cases, overdue, on_hold from days
    union all
    select '', stage, step, since, sum(cases), sum(overdue), sum(on_hold) from days group by stage, step, since
)
select area, stage, step, sum(cases)::integer, sum(overdue)::integer, sum(on_hold)::integer,
    array_agg(since order by since), array_agg(cases::integer order by since)
from every_area group by area, stage, step
"""

_CASELOADS = """
select assigned_to, area, count(*)::integer, (count(*) filter (where is_overdue))::integer,
    (count(*) filter (where on_hold))::integer
from cases where ended_on is null group by assigned_to, area
"""

_SNAPSHOT = """
insert into board_snapshots (as_of, today) values (now(), $1)
on conflict (only_row) do update set as_of = excluded.as_of, today = excluded.today
"""


class PostgresBoard:
    """Counts the open cases. Any number of servers may try: one of them counts."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def refresh(self, today: date, older_than: float) -> bool:
        """Count, unless a server is counting or has counted within `older_than` seconds; return whether it counted.

        `today` is the day in case time.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            # A separate statement: it sees a count that was finished just before the lock was free.
            if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
                return False
            if await connection.fetchval(_IS_RECENT, older_than):
                return False
            # Compiling these would take longer than running them.
            await connection.execute("set local jit = off")
            # Counted before anything is written: a transaction that has written holds back the change feed.
            board = await connection.fetch(_BOARD, timeout=COUNT_TIMEOUT)
            caseloads = await connection.fetch(_CASELOADS, timeout=COUNT_TIMEOUT)
            for table, rows in (("board", board), ("caseloads", caseloads)):
                await connection.execute(f"delete from {table}")  # noqa: S608 - named here
                await connection.copy_records_to_table(table, records=[tuple(row) for row in rows])
            await connection.execute(_SNAPSHOT, today)
        return True
