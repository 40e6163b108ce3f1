"""What agencies were sent about a case, and how each attempt went. All times are real time."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from domain.vocabulary import CaseRef

_ASKS = """
select
    key, ref, kind, agency, question, due_on, reminder, calls_back, outcome, error, attempts, failing_since,
    next_try_at
from asks where ref = $1
"""

_TRIED = """
select
    key, number, ask_attempts.outcome, ask_attempts.error, ask_attempts.agency, ask_attempts.channel,
    ask_attempts.address, ask_attempts.at
from ask_attempts join asks using (key) where asks.ref = $1 order by key, number
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt to reach an agency, as in `activities.ports.Attempt`: what came of it, who was asked, and how."""

    number: int
    outcome: str
    error: str
    agency: str
    channel: str
    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """What an agency was sent, or is to be sent: `kind` is `ask`, `reminder` or `ask_called_back`.

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
    calls_back: str | None
    outcome: str
    error: str
    attempts: int
    failing_since: datetime | None
    next_try_at: datetime | None
    tried: tuple[Tried, ...]


async def asks_of(pool: asyncpg.Pool, ref: str) -> tuple[Sent, ...]:
    """What agencies were sent about the case `ref`, what was first tried first."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        asks = await connection.fetch(_ASKS, ref)
        attempts = await connection.fetch(_TRIED, ref)
    tried: dict[str, list[Tried]] = defaultdict(list)
    for key, *attempt in attempts:
        tried[key].append(Tried(*attempt))
    sent = (Sent(**ask, tried=tuple(tried[ask["key"]])) for ask in asks)
    return tuple(sorted(sent, key=lambda each: (min(attempt.at for attempt in each.tried), each.key)))
