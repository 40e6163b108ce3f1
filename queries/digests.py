"""What supervisors' morning digests need: which were sent, up to which alert, and what is new."""

from collections.abc import Sequence
from datetime import date

import asyncpg

_ALERTS = """
select wording from notifications join cases on cases.ref = notifications.ref
where recipient = 'supervisor' and account = '' and notifications.id > $1 and notifications.id <= $2
    and queued_at > now() - interval '8 days' and ($3::text[] is null or cases.area = any($3))
order by notifications.id desc limit $4
"""

# One that is being written may yet come before a later one.
_LAST_ALERT = """
select coalesce(max(id), 0) from notifications
where recipient = 'supervisor' and queued_at < now() - interval '1 minute'
"""

_WITH_SUPERVISORS = """
select (
    select count(*) from waits
    where waiting_on = 'supervisor' and key not like 'transfer:%' and ($1::text[] is null or area = any($1))
) + (select count(*) from cases where transfer_to is not null and ($1::text[] is null or transfer_to = any($1)))
"""


class DigestQueries:
    """Who was sent which digest, and what the next one says."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def was_sent(self, member: str, day: date) -> bool:
        """Whether they were sent the digest of `day`."""
        query = "select exists (select from digests where staff = $1 and day = $2)"
        return bool(await self._pool.fetchval(query, member, day))

    async def get_last_until(self, member: str) -> int:
        """The id of the last alert that their digests covered; 0: they have had none."""
        return int(await self._pool.fetchval("select coalesce(max(until), 0) from digests where staff = $1", member))

    async def get_last_alert(self) -> int:
        """The id of the last alert of a minute ago or earlier."""
        return int(await self._pool.fetchval(_LAST_ALERT))

    async def list_alerts(self, after: int, until: int, *, areas: Sequence[str] | None, limit: int) -> tuple[str, ...]:
        """The last `limit` alerts of a week in `areas` (None: all) from `after` to `until`, the latest first."""
        rows = await self._pool.fetch(_ALERTS, after, until, areas, limit)
        return tuple(" ".join(row["wording"]) for row in rows)

    async def count_waits_on_supervisors(self, areas: Sequence[str] | None) -> int:
        """How many waits are on a supervisor of `areas` (None: all); a transfer waits for one of the other area."""
        return int(await self._pool.fetchval(_WITH_SUPERVISORS, areas))
