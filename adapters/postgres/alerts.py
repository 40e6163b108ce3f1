"""Alerts that are sent at once, and their recipients, in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

# `next_try_at` moves to the end of the lease. A concern has the account or agency that raised it.
_LEASE = """
with next as (
    select key from notifications
    where recipient = 'supervisor' and (urgent or account <> '') and alerted_at is null and next_try_at <= now()
    order by next_try_at, id
    limit $1
    for update skip locked
)
update notifications
set next_try_at = now() + $2 * interval '1 second', attempts = notifications.attempts + 1
from next, cases
where notifications.key = next.key and cases.ref = notifications.ref
returning notifications.key, notifications.ref, cases.area, notifications.account, notifications.wording,
    notifications.attempts, notifications.alerted, coalesce((
        select concern ->> 'raised_by' from jsonb_array_elements(cases.state -> 'concerns') as concern
        where concern #>> '{wait,key}' = notifications.about
    ), '') as raised_by
"""

_SUPERVISORS = """
select id, email, areas is null or $1 = any(areas) as is_near from staff
where active and email <> '' and 'supervisor' = any(roles) and id <> $2 order by id
"""

_ACCOUNT = "select id, email from staff where active and email <> '' and id = $1"


@dataclass(frozen=True, slots=True)
class LeasedAlert:
    """An alert to send: `account` is the one person that it is for, empty: supervisors. `alerted` have it already.

    `raised_by` is the account that raised the concern it is about, who does not decide it.
    """

    key: str
    ref: str
    area: str
    account: str
    wording: tuple[str, ...]
    attempts: int
    alerted: tuple[str, ...]
    raised_by: str


class PostgresAlerts:
    """Alerts that wait to be sent, for any number of senders."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def lease(self, limit: int, seconds: float) -> tuple[LeasedAlert, ...]:
        """Lease up to `limit` alerts for `seconds`."""
        rows = await self._pool.fetch(_LEASE, limit, seconds)
        return tuple(
            LeasedAlert(**{**row, "wording": tuple(row["wording"]), "alerted": tuple(row["alerted"])}) for row in rows
        )

    async def find_recipients(self, alert: LeasedAlert) -> tuple[tuple[str, str], ...]:
        """The accounts to alert, each with its address.

        The supervisors of the area who did not raise the concern; where there are none, those of other areas: one of
        them decides it.
        """
        if alert.account:
            rows = await self._pool.fetch(_ACCOUNT, alert.account)
            return tuple((row["id"], row["email"]) for row in rows)
        rows = await self._pool.fetch(_SUPERVISORS, alert.area, alert.raised_by)
        near = [row for row in rows if row["is_near"]]
        return tuple((row["id"], row["email"]) for row in near or rows)

    async def record_sent(self, key: str, recipient: str) -> None:
        """`recipient` has the alert."""
        await self._pool.execute(
            "update notifications set alerted = array_append(alerted, $2) where key = $1 and $2 <> all(alerted)",
            key,
            recipient,
        )

    async def finish(self, key: str) -> None:
        """Everybody has the alert."""
        await self._pool.execute("update notifications set alerted_at = now() where key = $1", key)

    async def postpone(self, key: str, until: datetime) -> None:
        """Try it again at `until`, a real time."""
        await self._pool.execute("update notifications set next_try_at = $2 where key = $1", key, until)
