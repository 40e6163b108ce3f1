"""What of the inbox needs somebody to look at it: parked, failing, or without an end for too long; with why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import asyncpg

from domain.vocabulary import CaseRef

SLOW_AFTER = timedelta(minutes=5)
"""How long a message may be on its way before it is worth a look; all times here are real ones."""
SHOWN_AFTERWARDS = timedelta(days=7)
"""For how long a message is shown whose id came again with something else."""


class DeliveryState(StrEnum):
    """How a message of the inbox stands."""

    DEAD_LETTERED = "dead_lettered"
    """It is not tried any more: a person decides."""
    FAILING = "failing"
    """It is tried again and again."""
    WAITING = "waiting"
    """It has not been tried, or not lately."""
    UNANSWERED = "unanswered"
    """Its case has it, and has not said yet what became of it."""
    ID_REUSED = "id_reused"
    """It has ended; its id came again with something else, which was not kept."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """Which messages to list; None: all. The area is that of the case, or of the sender where there is no case."""

    areas: Sequence[str] | None = None
    agency: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A message of the inbox, without what it says.

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
        """How it stands, in words."""
        return _WHY[self.state](self)


@dataclass(frozen=True, slots=True)
class InboxDecision:
    """What somebody decided of a message: `retried`, or `resolved` for `reason`; `previous_error` is why it had not arrived."""

    decision: str
    reason: str | None
    previous_error: str
    by: str
    at: datetime


_STANDS = """
select inbox.id, source, message_id, inbox.ref, inbox.received_at, attempts, error, dead_letter_reason, delivered_at,
    outcome, inbox.reason, resolved_at, id_reuses, id_reused_at,
    coalesce(body ->> 'event', 'request_received') as event,
    coalesce(cases.area, body #>> '{data,area}', body #>> '{by,area}', '') as area,
    case when delivered_at is null and dead_letter_reason is null and outcome is null then next_try_at end as next_try_at,
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

_TO_LOOK_AT = f"""
select * from ({_STANDS}
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
    """Messages of the inbox, without what they say."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_delivery_problems(self, filters: InboxFilters, limit: int) -> tuple[InboxEntry, ...]:
        """Up to `limit` messages that somebody should look at: what is dead-lettered first, then by how they stand."""
        values = (SHOWN_AFTERWARDS, SLOW_AFTER, filters.areas, filters.agency, filters.ref, limit)
        return tuple(_message(row) for row in await self._pool.fetch(_TO_LOOK_AT, *values))

    async def get_entry(self, inbox_id: int) -> tuple[InboxEntry, tuple[InboxDecision, ...]] | None:
        """One message, however it stands, with what was decided of it; None: there is none."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(f"{_STANDS} where inbox.id = $1", inbox_id)
            decisions = await connection.fetch(_DECISIONS, inbox_id)
        return (_message(row), tuple(InboxDecision(**each) for each in decisions)) if row else None


def _message(row: asyncpg.Record) -> InboxEntry:
    fields: dict[str, Any] = dict(row)
    return InboxEntry(**{**fields, "state": DeliveryState(fields["state"])})


def _dead_lettered(message: InboxEntry) -> str:
    return f"It was not delivered, and is not tried any more: {describe_error(message.dead_letter_reason or '')}."


def _failing(message: InboxEntry) -> str:
    tried = "once" if message.attempts == 1 else f"{message.attempts} times"
    return f"It was tried {tried}, and is tried again {_at(message.next_try_at)}: {describe_error(message.error)}."


def _waiting(message: InboxEntry) -> str:
    if message.behind is not None:
        return f"It waits for message {message.behind}, which came before it in the same case."
    return "Nobody has tried to deliver it: is a server running?"


def _unanswered(message: InboxEntry) -> str:
    return f"Its case has it since {_at(message.delivered_at)}, and has not answered: is a worker running?"


def _id_reused(message: InboxEntry) -> str:
    often = "once" if message.id_reuses == 1 else f"{message.id_reuses} times"
    return (
        f"Its id came again {often} with something else, the last time {_at(message.id_reused_at)}. "
        "That was not kept: ask the sender, and have it sent under an id of its own."
    )


def _ended(message: InboxEntry) -> str:
    reason = f": {message.reason}" if message.reason else ""
    return f"It was {message.outcome} {_at(message.resolved_at)}{reason}."


_WHY = {
    DeliveryState.DEAD_LETTERED: _dead_lettered,
    DeliveryState.FAILING: _failing,
    DeliveryState.WAITING: _waiting,
    DeliveryState.UNANSWERED: _unanswered,
    DeliveryState.ID_REUSED: _id_reused,
    DeliveryState.ENDED: _ended,
}

_MEANINGS = {
    "unavailable": "Temporal does not answer",
    "timeout": "Temporal did not answer in time",
    "deadline_exceeded": "Temporal did not answer in time",
    "permission_denied": "Temporal does not let us in",
    "unauthenticated": "Temporal does not let us in",
    "not_in_temporal": "the case is open, and Temporal does not run it",
    "invalid_argument": "Temporal does not take it as it is",
    "unexpected_error": "the server could not cope with it: its log says why",
    "unimplemented": "this Temporal cannot do what is asked of it",
}


def describe_error(code: str) -> str:
    """What a code says, with the code."""
    return f"{_MEANINGS[code]} ({code})" if code in _MEANINGS else code


def _at(moment: datetime | None) -> str:
    return f"on {moment:%Y-%m-%d at %H:%M:%S} UTC" if moment else "soon"
