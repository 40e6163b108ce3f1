"""What supervisors are to be told: the alerts of their areas, in the order in which they came up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from domain.vocabulary import CaseRef

_ALERTS = """
select notifications.id, notifications.ref, wording, at from notifications join cases on cases.ref = notifications.ref
where recipient = 'supervisor' and notifications.id > $1 and notifications.id <= $2 and queued_at > now() - interval '8 days'
    and ($3::text[] is null or cases.area = any($3))
order by notifications.id desc limit $4
"""

_HEAD = """
select coalesce(max(id), 0) from notifications where recipient = 'supervisor' and queued_at < now() - interval '1 minute'
"""

_WITH_SUPERVISORS = """
select count(*) from waits where waiting_on = 'supervisor' and ($1::text[] is null or area = any($1))
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that supervisors are told of a case, in a line; `at` is the case's time."""

    id: int
    ref: CaseRef
    line: str
    at: datetime


class AlertQueries:
    """Alerts to supervisors."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get_last_alert(self) -> int:
        """The last alert of a minute ago and earlier: one that is being written may yet come before a later one."""
        return int(await self._pool.fetchval(_HEAD))

    async def list_alerts(
        self, after: int, until: int, *, areas: Sequence[str] | None, limit: int
    ) -> tuple[Alert, ...]:
        """The last `limit` alerts of `areas` (None: all) after `after` and up to `until`, the latest first; of a week."""
        rows = await self._pool.fetch(_ALERTS, after, until, None if areas is None else list(areas), limit)
        return tuple(Alert(row["id"], row["ref"], " ".join(row["wording"]), row["at"]) for row in rows)

    async def count_waits_on_supervisors(self, areas: Sequence[str] | None) -> int:
        """For how many things cases of `areas` (None: all) wait on a supervisor."""
        return int(await self._pool.fetchval(_WITH_SUPERVISORS, None if areas is None else list(areas)))
