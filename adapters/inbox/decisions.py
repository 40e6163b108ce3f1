"""What staff decide of a message that does not reach its case: that it is tried again, or that it never will be."""

import asyncpg

from domain.vocabulary import Refusal
from ports.inbox import DecisionNotPossible, UndeliveredReason

# A lease that has run out is nobody's any more.
_UNDELIVERED = """
outcome is null and delivered_at is null and (leased_until is null or leased_until < now())
"""

_RETRY = f"""
with message as (
    select id, coalesce(dead_letter_reason, error) as previous_error from inbox where id = $1 and {_UNDELIVERED} for update
),
again as (
    update inbox set dead_letter_reason = null, next_try_at = now(), leased_until = null, unexpected_errors = 0
    from message where inbox.id = message.id
    returning inbox.id
)
insert into inbox_decisions (inbox, decision, previous_error, by)
select id, 'retried', previous_error, $2 from message where exists (select from again)
returning inbox
"""  # noqa: S608 - the condition above

_RESOLVE = f"""
with message as (
    select id, dead_letter_reason as previous_error from inbox
    where id = $1 and dead_letter_reason is not null and {_UNDELIVERED} for update
),
over as (
    update inbox set outcome = 'refused', reason = $3, resolved_at = now()
    from message where inbox.id = message.id
    returning inbox.id
)
insert into inbox_decisions (inbox, decision, reason, previous_error, by)
select id, 'resolved', $3, previous_error, $2 from message where exists (select from over)
returning inbox
"""  # noqa: S608 - the condition above

_STANDING = """
select case
    when outcome is not null then 'resolved'
    when delivered_at is not null then 'delivered'
    when leased_until >= now() then 'being_tried'
    else 'not_dead_lettered'
end
from inbox where id = $1
"""


class PostgresInboxDecisions:
    """Implements `ports.inbox.InboxDecisions`: Decisions on messages, each kept with who took it and when; `by` is an account such as `staff:c.okafor`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def retry(self, inbox_id: int, by: str) -> None:
        """Have a message tried now: one that is dead-lettered, or that waits for its next try. Raises DecisionNotPossible.

        It comes after whatever of its case was delivered while it was parked.
        """
        if await self._pool.fetchval(_RETRY, inbox_id, by) is None:
            raise DecisionNotPossible(await self._standing(inbox_id))

    async def resolve(self, inbox_id: int, reason: Refusal, by: str) -> None:
        """End a dead-lettered message as refused for `reason`, which its sender reads. Raises DecisionNotPossible."""
        if await self._pool.fetchval(_RESOLVE, inbox_id, by, reason) is None:
            raise DecisionNotPossible(await self._standing(inbox_id))

    async def _standing(self, inbox_id: int) -> UndeliveredReason:
        return UndeliveredReason(await self._pool.fetchval(_STANDING, inbox_id) or UndeliveredReason.UNKNOWN)
