"""What PostgreSQL keeps for a while only, and throws away then."""

import asyncpg

# Everything up to the newest that is old enough goes, so that what is left has no gap. The oldest are looked at in the
# order of their numbers, more than can come in a minute: an index on their time would cost each page that is written.
AT_ONCE = 50_000
_CHANGES = """
with old as (
    select max(position) as position
    from (select position, written_at from changes order by position limit $2) as oldest
    where written_at < now() - $1 * interval '1 hour'
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
    return int(await pool.fetchval(_CHANGES, hours, AT_ONCE))


async def prune_idempotency_keys(pool: asyncpg.Pool, days: float) -> int:
    """Throw away what staff asked for under a key more than `days` ago, with its answer; how many.

    The same key asked for again then is something new, which the case itself still counts once where it is recorded.
    """
    gone = await pool.fetch(
        "delete from idempotency_keys where started_at < now() - $1 * interval '1 day' returning 1", days
    )
    return len(gone)


async def prune_bulk_selections(pool: asyncpg.Pool, days: float) -> int:
    """Throw away which waits were chosen more than `days` ago; how many. The same id again then chooses anew."""
    gone = await pool.fetch(
        "delete from bulk_selections where selected_at < now() - $1 * interval '1 day' returning 1", days
    )
    return len(gone)
