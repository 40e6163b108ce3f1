"""What PostgreSQL keeps for a while only, and throws away then."""

import asyncpg

# Everything up to the newest that is old enough goes, so that what is left has no gap.
_CHANGES = """
with old as (
    select max(position) as position from changes where written_at < now() - $1 * interval '1 hour'
),
gone as (
    delete from changes using old where changes.position <= old.position returning changes.position
),
remembered as (
    update changes_pruned set position = old.position from old where old.position > changes_pruned.position
)
select count(*) from gone
"""


async def prune_changes(pool: asyncpg.Pool, hours: float) -> int:
    """Throw away the changes that are older than `hours`; how many. Whoever was further behind is told so."""
    return int(await pool.fetchval(_CHANGES, hours))
