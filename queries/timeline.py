"""What a case has been through: its entries, and what was refused."""

import asyncpg

from ports.case_file import Entry, RefusedRecord

_ENTRIES = """
select version, id, event, data, by, at, stage, step, reason, note, coalesce(inbox, 0) as inbox
from entries where ref = $1 and ($3::bigint is null or version < $3)
"""

_REFUSED = """
select id, event, by, at, code, detail, coalesce(inbox, 0) as inbox
from refusals where ref = $1 order by at, id
"""


async def list_entries(
    pool: asyncpg.Pool, ref: str, *, newest_first: bool = False, limit: int | None = None, before: int | None = None
) -> tuple[Entry, ...]:
    """The entries of the case `ref` in order, all of them unless there is a limit; none where there is no case.

    With `before`, only those with a lower number.
    """
    order = "desc" if newest_first else "asc"
    rows = await pool.fetch(f"{_ENTRIES} order by version {order} limit $2", ref, limit, before)
    return tuple(Entry(**row) for row in rows)


async def list_refused(pool: asyncpg.Pool, ref: str) -> tuple[RefusedRecord, ...]:
    """What was refused in the case `ref`, or of a request that never became one, in the order of the case's time."""
    return tuple(RefusedRecord(**row) for row in await pool.fetch(_REFUSED, ref))
