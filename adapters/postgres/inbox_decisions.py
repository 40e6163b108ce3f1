"""What staff decide about a message that cannot be delivered: to retry it, or to end it as refused."""

import asyncpg

from ports.inbox import DecisionNotPossible, RejectionReason, UndeliveredReason

_UNDELIVERED = """
outcome is null and delivered_at is null and (leased_until is null or leased_until < now())
"""

_RETRY = f"""
with message as (
    select id, coalesce(dead_letter_reason, error) as previous_error from inbox
    where id = $1 and {_UNDELIVERED} for update
),
retried as (
    update inbox set dead_letter_reason = null, next_try_at = now(), leased_until = null, unexpected_errors = 0
    from message where inbox.id = message.id
    returning inbox.id
)
insert into inbox_decisions (inbox, decision, previous_error, by)
select id, 'retried', previous_error, $2 from message where exists (select from retried)
returning inbox
"""  # noqa: S608 - the condition above

_RESOLVE = f"""
with message as (
    select id, dead_letter_reason as previous_error from inbox
    where id = $1 and dead_letter_reason is not null and {_UNDELIVERED} for update
),
resolved as (
    update inbox set outcome = 'refused', reason = $3, resolved_at = now()
    from message where inbox.id = message.id
    returning inbox.id
)
insert into inbox_decisions (inbox, decision, reason, previous_error, by)
select id, 'resolved', $3, previous_error, $2 from message where exists (select from resolved)
returning inbox
"""  # noqa: S608 - the condition above

_WHY_NOT = """
select case
    when outcome is not null then 'resolved'
    when delivered_at is not null then 'delivered'
    when leased_until >= now() then 'being_tried'
    else 'not_dead_lettered'
end
from inbox where id = $1
"""


class PostgresInboxDecisions:
    """Stores each decision with its author `by`, an account such as `staff:c.okafor`. Raises DecisionNotPossible."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def retry(self, inbox_id: int, by: str) -> None:
        """Deliver a message now that is dead-lettered or waits for its next try.

        It follows messages of its case that were delivered while it was a dead letter.
        """
        await self._decide(_RETRY, inbox_id, by)

    async def resolve(self, inbox_id: int, reason: RejectionReason, by: str) -> None:
        """End a dead-lettered message as refused for `reason`, which its sender can read."""
        await self._decide(_RESOLVE, inbox_id, by, reason)

    async def _decide(self, statement: str, inbox_id: int, *values: str) -> None:
        if await self._pool.fetchval(statement, inbox_id, *values) is None:
            why_not = await self._pool.fetchval(_WHY_NOT, inbox_id)
            raise DecisionNotPossible(UndeliveredReason(why_not or UndeliveredReason.UNKNOWN))
