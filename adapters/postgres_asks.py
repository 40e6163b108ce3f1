"""The record of what was sent to agencies, in PostgreSQL: each attempt, and each ask as it stands."""

from typing import Any

import asyncpg

from activities.ports import Attempt
from domain.duties import Ask, CallBack

# The attempts are counted here and not by the engine, which counts anew where it begins an ask anew. A delivery stands,
# whatever a worker that was given up says after it.
_REMEMBER = """
with ask as (
    insert into asks (
        key, ref, kind, area, agency, question, due_on, reminder, calls_back, outcome, error, attempts,
        failing_since
    )
    values (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text, $11, 1,
        case when $10 in ('failed', 'refused', 'no_agency') then now() end
    )
    on conflict (key) do update set
        attempts = asks.attempts + 1,
        outcome = case when asks.outcome = 'delivered' then asks.outcome else excluded.outcome end,
        error = case when asks.outcome = 'delivered' then asks.error else excluded.error end,
        failing_since = case
            when asks.outcome <> 'delivered' and excluded.failing_since is not null
            then coalesce(asks.failing_since, excluded.failing_since)
        end
    returning attempts
)
insert into ask_attempts (key, number, outcome, error, agency, channel, address)
select $1, attempts, $10, $11, $12, $13, $14 from ask
"""


class PostgresAsks:
    """Implements `activities.ports.Asks`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def remember(self, duty: Ask | CallBack, attempt: Attempt) -> None:
        """Keep `attempt`; see the port."""
        how = (attempt.outcome, attempt.error, attempt.agency, attempt.channel, attempt.address)
        await self._pool.execute(_REMEMBER, *_duty(duty), *how)

    async def is_delivered(self, key: str) -> bool:
        """Whether an attempt under `key` was delivered already."""
        return bool(
            await self._pool.fetchval("select exists (select from asks where key = $1 and outcome = 'delivered')", key)
        )


def _duty(duty: Ask | CallBack) -> tuple[Any, ...]:
    common = (duty.area, duty.agency)
    if isinstance(duty, CallBack):
        return (duty.key, duty.ref, "ask_called_back", *common, None, None, 0, duty.ask)
    kind = "reminder" if duty.reminder else "ask"
    return (duty.key, duty.ref, kind, *common, duty.question, duty.due_on, duty.reminder, None)
