"""Deletes what is stored for a limited time only."""

import asyncpg

# Everything up to the newest change that is old enough is deleted, so that the rest has no gap. Changes are read by
# position, more than a minute brings: an index on their time would make each write slower.
MAX_CHANGES = 50_000
_CHANGES = """
with old as (
    select max(position) as position
    from (select position, written_at from changes order by position limit $2) as oldest
    where written_at < now() - $1 * interval '1 hour'
),
deleted as (
    delete from changes using old where changes.position <= old.position returning changes.position
),
marked as (
    update changes_pruned set position = old.position from old where old.position > changes_pruned.position
)
select count(*) from deleted
"""


async def prune_changes(pool: asyncpg.Pool, hours: float) -> int:
    """Delete changes that are older than `hours`, and return their number. Readers further behind get an error."""
    return int(await pool.fetchval(_CHANGES, hours, MAX_CHANGES))


async def prune_idempotency_keys(pool: asyncpg.Pool, days: float) -> int:
    """Delete idempotency keys that are older than `days`, and return their number.

    The same key is a new request afterwards; the case still recognises records that it made.
    """
    deleted = await pool.fetch(
        "delete from idempotency_keys where started_at < now() - $1 * interval '1 day' returning 1", days
    )
    return len(deleted)


async def prune_bulk_selections(pool: asyncpg.Pool, days: float) -> int:
    """Delete bulk selections that are older than `days`, and return their number. The same id selects again then."""
    deleted = await pool.fetch(
        "delete from bulk_selections where selected_at < now() - $1 * interval '1 day' returning 1", days
    )
    return len(deleted)
