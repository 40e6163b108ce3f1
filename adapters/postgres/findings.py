"""Findings and cursors of reconciliation, in PostgreSQL."""

from collections.abc import Sequence

import asyncpg

from domain.vocabulary import CaseRef
from ports.reconciliation import FindingDetails

MAX_RECHECKED = 5000
"""How many cases one run rechecks: those that were checked longest ago."""

_SAVE = """
with found as (
    select * from unnest($3::text[], $4::text[]) as found (kind, detail)
),
checked as (
    delete from recheck_queue where ref = $1
),
resolved as (
    delete from findings where ref = $1 and kind not in (select kind from found)
)
insert into findings (ref, area, kind, detail)
select $1, $2, kind, detail from found
on conflict (ref, kind) do update set area = excluded.area, detail = excluded.detail, seen_at = excluded.seen_at
"""

_MARK_CHECKED = """
with requeued as (
    update recheck_queue set queued_at = now() where ref = $1
)
update findings set seen_at = now() where ref = $1
"""

_REFS = """
select ref
from (select ref, seen_at from findings union all select ref, queued_at from recheck_queue) as known
group by ref order by min(seen_at), ref limit $1
"""

_GET_POSITION = "select position from reconciliation_cursors where name = $1"

# A pass takes its time from its first step.
_SAVE_POSITION = """
insert into reconciliation_cursors as pass (name, position) values ($1, $2)
on conflict (name) do update set
    position = excluded.position,
    started_at = case when pass.position = '' then excluded.started_at else pass.started_at end,
    completed_at = case when excluded.position = '' then now() else pass.completed_at end,
    duration = case
        when excluded.position <> '' then pass.duration
        when pass.position = '' then interval '0'
        else now() - pass.started_at
    end
"""


class PostgresFindings:
    """Implements `ports.reconciliation.Findings` and `adapters.temporal.retries.RecheckQueue`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def save(self, ref: CaseRef, area: str, details: FindingDetails) -> None:
        """Store findings; see the port."""
        await self._pool.execute(_SAVE, ref, area, list(details), list(details.values()))

    async def mark_checked(self, ref: CaseRef) -> None:
        """The case did not answer: others come first next time; see the port."""
        await self._pool.execute(_MARK_CHECKED, ref)

    async def list_refs(self) -> Sequence[CaseRef]:
        """Up to `MAX_RECHECKED` cases; see the port."""
        return [CaseRef(row["ref"]) for row in await self._pool.fetch(_REFS, MAX_RECHECKED)]

    async def queue_recheck(self, ref: CaseRef) -> None:
        """Have the next run check the case `ref`; see the port."""
        await self._pool.execute("insert into recheck_queue (ref) values ($1) on conflict do nothing", ref)

    async def dequeue(self, ref: CaseRef) -> None:
        """The case needs no check; see the port."""
        await self._pool.execute("delete from recheck_queue where ref = $1", ref)


class PostgresReconciliationCursors:
    """Implements `ports.reconciliation.Checkpoints`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get_position(self, name: str) -> str:
        """Where the pass continues; see the port."""
        return await self._pool.fetchval(_GET_POSITION, name) or ""

    async def save_position(self, name: str, position: str) -> None:
        """How far the pass has come; see the port."""
        await self._pool.execute(_SAVE_POSITION, name, position)
