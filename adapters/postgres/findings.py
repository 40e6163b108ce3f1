"""What a reconciliation found, and how far it has come, in PostgreSQL."""

from collections.abc import Sequence

import asyncpg

from application.reconciler import FindingDetails
from domain.vocabulary import CaseRef

MOST = 5000
"""How many cases with findings one run looks at again: those that it looked at longest ago."""

_KEEP = """
with found as (
    select * from unnest($3::text[], $4::text[]) as found (kind, detail)
),
looked_at as (
    delete from recheck_queue where ref = $1
),
over as (
    delete from findings where ref = $1 and kind not in (select kind from found)
)
insert into findings (ref, area, kind, detail)
select $1, $2, kind, detail from found
on conflict (ref, kind) do update set area = excluded.area, detail = excluded.detail, seen_at = excluded.seen_at
"""

_LOOKED_AT = """
with noticed as (
    update recheck_queue set queued_at = now() where ref = $1
)
update findings set seen_at = now() where ref = $1
"""

_REFS = """
select ref
from (select ref, seen_at from findings union all select ref, queued_at from recheck_queue) as known
group by ref order by min(seen_at), ref limit $1
"""

_COME_TO = "select position from reconciliation_cursors where name = $1"

# A round that is at its beginning takes its time from the first step on.
_KEEP_ROUND = """
insert into reconciliation_cursors (name, position) values ($1, $2)
on conflict (name) do update set
    position = excluded.position,
    started_at = case when reconciliation_cursors.position = '' then excluded.started_at else reconciliation_cursors.started_at end,
    completed_at = case when excluded.position = '' then now() else reconciliation_cursors.completed_at end,
    duration = case
        when excluded.position <> '' then reconciliation_cursors.duration
        when reconciliation_cursors.position = '' then interval '0'
        else now() - reconciliation_cursors.started_at
    end
"""


class PostgresFindings:
    """Implements `casework.rounds.Findings` and `adapters.temporal.retries.RecheckQueue`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, ref: CaseRef, area: str, found: FindingDetails) -> None:
        """`found`, and nothing else, is so of the case now; see the port."""
        await self._pool.execute(_KEEP, ref, area, list(found), list(found.values()))

    async def looked_at(self, ref: CaseRef) -> None:
        """It was looked at, and has not answered: the others come before it next time; see the port."""
        await self._pool.execute(_LOOKED_AT, ref)

    async def refs(self) -> Sequence[CaseRef]:
        """The cases of which something is found, or suspected: `MOST`, the one that was looked at longest ago first."""
        return [CaseRef(row["ref"]) for row in await self._pool.fetch(_REFS, MOST)]

    async def queue_recheck(self, ref: CaseRef) -> None:
        """The case `ref` is to be looked at in the next round; see the port."""
        await self._pool.execute("insert into recheck_queue (ref) values ($1) on conflict do nothing", ref)

    async def dequeue(self, ref: CaseRef) -> None:
        """It need not be; see the port."""
        await self._pool.execute("delete from recheck_queue where ref = $1", ref)


class PostgresReconciliationCursors:
    """Implements `casework.rounds.Progress`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def come_to(self, name: str) -> str:
        """Where the round goes on; see the port."""
        return await self._pool.fetchval(_COME_TO, name) or ""

    async def keep(self, name: str, after: str) -> None:
        """How far the round has come; see the port."""
        await self._pool.execute(_KEEP_ROUND, name, after)
