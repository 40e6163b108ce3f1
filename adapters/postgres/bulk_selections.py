"""Which waits a bulk action is about, in PostgreSQL."""

from collections.abc import Sequence

import asyncpg

from domain.refusals import RecordRefused
from domain.vocabulary import AGENCY_KINDS, CaseRef, Refusal, WaitKey

# The overdue ones; where none is, all. A wait on an agency begins with its kind. Of two who select at once the second
# gets what the first has selected: the update changes nothing.
_SELECT = """
with selected as (
    select array_agg(key order by due_on, key) as keys from waits
    where ref = $2 and ($4 or split_part(waiting_on, ':', 1) = any($3))
        and (overdue_since is not null or not exists (
            select from waits as late
            where late.ref = $2 and late.overdue_since is not null
                and ($4 or split_part(late.waiting_on, ':', 1) = any($3))
        ))
)
insert into bulk_selections (id, ref, waits)
select $1, $2, keys from selected where keys is not null
on conflict (id, ref) do update set ref = excluded.ref
returning waits
"""


class PostgresBulkSelections:
    """Selects waits once for each action and case: what is done to a wait changes which are overdue."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def select_waits(self, id: str, ref: CaseRef, agencies_only: bool) -> Sequence[WaitKey]:
        """The waits under `id`; see `application.bulk.SelectWaits`. Raises RecordRefused where there are none."""
        known = await self._pool.fetchval("select waits from bulk_selections where id = $1 and ref = $2", id, ref)
        waits = known or await self._pool.fetchval(_SELECT, id, ref, sorted(AGENCY_KINDS), not agencies_only)
        if waits is None:
            raise RecordRefused(Refusal.UNKNOWN_WAIT)
        return [WaitKey(key) for key in waits]
