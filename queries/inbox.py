"""Messages of the inbox that somebody should see: dead-lettered, failing or slow ones, and reused ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import asyncpg

from domain.vocabulary import CaseRef
from domain.wording.inbox import (
    describe_dead_letter,
    describe_end,
    describe_retries,
    describe_reused_id,
    describe_unanswered,
    describe_waiting,
)

SLOW_AFTER = timedelta(minutes=5)
"""How long a message may take before it is listed; all times here are real ones."""
REUSED_ID_SHOWN_FOR = timedelta(days=7)
"""How long a message is listed whose id came again with other contents."""


class DeliveryState(StrEnum):
    """The state of a message of the inbox."""

    DEAD_LETTERED = "dead_lettered"
    """It is not tried any more: staff decide."""
    FAILING = "failing"
    """It is tried again and again."""
    WAITING = "waiting"
    """It has not been tried, or not lately."""
    UNANSWERED = "unanswered"
    """Its case has it, and has not answered yet."""
    ID_REUSED = "id_reused"
    """It has ended; its id came again with other contents, which were not stored."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """Which messages to list; None: all. The area is that of the case, or of the sender where there is no case."""

    areas: Sequence[str] | None = None
    agency: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A message of the inbox, without its contents.

    `event` is what it carries; `error` how its last try failed; `next_try_at` is set while it is tried; `behind` is the
    message of the same case that it waits for; `reason` why it was refused.
    """

    id: int
    state: DeliveryState
    source: str
    message_id: str
    ref: CaseRef
    area: str
    event: str
    received_at: datetime
    attempts: int
    error: str
    next_try_at: datetime | None
    behind: int | None
    dead_letter_reason: str | None
    delivered_at: datetime | None
    outcome: str | None
    reason: str | None
    resolved_at: datetime | None
    id_reuses: int
    id_reused_at: datetime | None

    @property
    def why(self) -> str:
        """Its state in words."""
        match self.state:
            case DeliveryState.DEAD_LETTERED:
                return describe_dead_letter(self.dead_letter_reason or "")
            case DeliveryState.FAILING:
                return describe_retries(self.attempts, self.next_try_at, self.error)
            case DeliveryState.WAITING:
                return describe_waiting(self.behind)
            case DeliveryState.UNANSWERED:
                return describe_unanswered(self.delivered_at)
            case DeliveryState.ID_REUSED:
                return describe_reused_id(self.id_reuses, self.id_reused_at)
            case DeliveryState.ENDED:
                return describe_end(self.outcome, self.resolved_at, self.reason)


@dataclass(frozen=True, slots=True)
class InboxDecision:
    """What staff decided: `retried`, or `resolved` for `reason`; `previous_error` is why the message had failed."""

    decision: str
    reason: str | None
    previous_error: str
    by: str
    at: datetime


_ENTRIES = """
select inbox.id, source, message_id, inbox.ref, inbox.received_at, attempts, error, dead_letter_reason, delivered_at,
    outcome, inbox.reason, resolved_at, id_reuses, id_reused_at,
    coalesce(inbox.record ->> 'event', 'request_received') as event,
    coalesce(cases.area, inbox.record #>> '{data,area}', inbox.record #>> '{by,area}', '') as area,
    case
        when delivered_at is null and dead_letter_reason is null and outcome is null then next_try_at
    end as next_try_at,
    case
        when outcome is not null then case when id_reuses > 0 then 'id_reused' else 'ended' end
        when dead_letter_reason is not null then 'dead_lettered'
        when delivered_at is not null then 'unanswered'
        when error <> '' then 'failing'
        else 'waiting'
    end as state,
    case when delivered_at is null and dead_letter_reason is null and outcome is null then (
        select min(earlier.id) from inbox as earlier
        where earlier.ref = inbox.ref and earlier.id < inbox.id
            and earlier.delivered_at is null and earlier.dead_letter_reason is null and earlier.outcome is null
    ) end as behind
from inbox left join cases on cases.ref = inbox.ref
"""

_PROBLEMS = f"""
select * from ({_ENTRIES}
    where (outcome is null or id_reuses > 0 and id_reused_at > now() - $1::interval)
        and ($4::text is null or source = 'agency:' || $4) and ($5::text is null or inbox.ref = $5)
) as message
where (state in ('dead_lettered', 'failing', 'id_reused') or coalesce(delivered_at, received_at) < now() - $2::interval)
    and ($3::text[] is null or area = any($3))
order by array_position(array['dead_lettered', 'failing', 'unanswered', 'waiting', 'id_reused'], state), id
limit $6
"""  # noqa: S608 - the statement above

_DECISIONS = "select decision, reason, previous_error, by, at from inbox_decisions where inbox = $1 order by id"


class InboxQueries:
    """Messages of the inbox, without their contents."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_delivery_problems(self, filters: InboxFilters, limit: int) -> tuple[InboxEntry, ...]:
        """Up to `limit` messages that somebody should see, dead-lettered ones first."""
        values = (REUSED_ID_SHOWN_FOR, SLOW_AFTER, filters.areas, filters.agency, filters.ref, limit)
        return tuple(_to_entry(row) for row in await self._pool.fetch(_PROBLEMS, *values))

    async def get_entry(self, inbox_id: int) -> tuple[InboxEntry, tuple[InboxDecision, ...]] | None:
        """One message in any state, with the decisions about it; None: there is none."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(f"{_ENTRIES} where inbox.id = $1", inbox_id)
            decisions = await connection.fetch(_DECISIONS, inbox_id)
        return (_to_entry(row), tuple(InboxDecision(**decision) for decision in decisions)) if row else None


def _to_entry(row: asyncpg.Record) -> InboxEntry:
    return InboxEntry(**{**row, "state": DeliveryState(row["state"])})
