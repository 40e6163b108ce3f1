"""What agencies were sent about a case, and how each attempt went. All times are real time."""

from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from domain.vocabulary import CaseRef

_ASKS = """
select
    key, ref, kind, agency, question, due_on, reminder, cancels, outcome, error, attempts, failing_since,
    next_try_at,
    array(
        select (
            number,
            case
                when tried.outcome = 'sending' and (number < attempts or at < now() - interval '1 minute')
                then 'unknown'
                else tried.outcome
            end,
            tried.error, tried.agency, channel, address, at
        )
        from ask_attempts as tried where tried.key = asks.key order by number
    ) as tried
from asks where ref = $1
"""


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to reach an agency, as in `activities.ports.Attempt`: what came of it, who was asked, and how.

    `outcome` is `sending` while it goes on, and `unknown` where it cannot any more: its process ended, or the database
    was away, before it was kept what came of it. `at` is when it ended; of these two, when it began.
    """

    number: int
    outcome: str
    error: str
    agency: str
    channel: str
    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SentAsk:
    """What an agency was sent, or is to be sent: `kind` is `ask`, `reminder` or `ask_cancelled`.

    `outcome` and `error` are those of the last attempt; `failing_since` is set while attempts fail, and `next_try_at`
    while there will be another. `agency` is as the case names it; each attempt has the directory's id.
    """

    key: str
    ref: CaseRef
    kind: str
    agency: str
    question: str | None
    due_on: date | None
    reminder: int
    cancels: str | None
    outcome: str
    error: str
    attempts: int
    failing_since: datetime | None
    next_try_at: datetime | None
    tried: tuple[DeliveryAttempt, ...]


async def list_asks(pool: asyncpg.Pool, ref: str) -> tuple[SentAsk, ...]:
    """What agencies were sent about the case `ref`, what was first tried first."""
    rows = await pool.fetch(_ASKS, ref)
    sent = (SentAsk(**{**row, "tried": tuple(DeliveryAttempt(*each) for each in row["tried"])}) for row in rows)
    return tuple(sorted(sent, key=lambda each: (min(attempt.at for attempt in each.tried), each.key)))
