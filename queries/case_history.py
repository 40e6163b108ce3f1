"""The history of one case: its entries and refusals, what agencies were sent, and what the victim was told."""

from dataclasses import dataclass, fields
from datetime import date, datetime

import asyncpg

from domain.victim_explanation import compose
from domain.vocabulary import CaseRef
from ports.case_file import Entry, RefusedRecord
from ports.notifications import EFFECT_COLUMNS, read_effect

_ENTRIES = """
select version, id, event, data, by, at, stage, step, reason, note, coalesce(inbox, 0) as inbox, rules, occurred_on
from entries where ref = $1 and ($3::bigint is null or version < $3)
"""

_REFUSALS = """
select id, event, by, at, code, detail, coalesce(inbox, 0) as inbox
from refusals where ref = $1 order by at, id
"""

_ASKS = """
select
    key, ref, kind, agency, question, due_on, reminder, cancels, outcome, error, failing_since,
    next_try_at,
    array(
        select (
            number, attempt.outcome, attempt.error, attempt.agency, channel, address, at
        )
        from ask_attempts as attempt where attempt.key = asks.key order by number
    ) as attempts
from asks where ref = $1
"""


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to reach an agency, as in `ports.agencies.Attempt`: its outcome, who was asked, and how.

    `at` is when it ended, or when it started where it is `sending` or `unknown`.
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
    """What an agency was sent, or is to be sent: `kind` is `ask`, `reminder`, `ask_cancelled` or
    `case_update`.

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
    failing_since: datetime | None
    next_try_at: datetime | None
    attempts: tuple[DeliveryAttempt, ...]


_VICTIM_MESSAGES = f"""
select {EFFECT_COLUMNS}, wording, at, queued_at, state, form, sent_at, delivered_at, error, resolved_by
from notifications where recipient = 'victim'
"""  # noqa: S608 - names of columns


@dataclass(frozen=True, slots=True)
class VictimMessage:
    """A message to the victim: `at` is the case's time at which it came up, the other moments are real ones.

    `wording` is what was sent, or would be sent now. `state` is `waiting`, `sent`, `delivered`, `failed`, `withheld` or
    `by_hand`; `resolved_by` is who told it instead.
    """

    key: str
    ref: CaseRef
    message: str
    wording: tuple[str, ...]
    at: datetime
    queued_at: datetime
    state: str
    form: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    error: str
    resolved_by: str | None
    next_update_on: date | None


class CaseHistory:
    """The history of one case at a time."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_entries(
        self, ref: str, *, newest_first: bool = False, limit: int | None = None, before: int | None = None
    ) -> tuple[Entry, ...]:
        """The entries of the case `ref` in order, all of them unless there is a limit; none where there is no case.

        With `before`, only those with a lower number.
        """
        order = "desc" if newest_first else "asc"
        rows = await self._pool.fetch(f"{_ENTRIES} order by version {order} limit $2", ref, limit, before)
        return tuple(Entry(**row) for row in rows)

    async def list_refused(self, ref: str) -> tuple[RefusedRecord, ...]:
        """What was refused in the case `ref`, or of a request that never became one, by the case's time."""
        return tuple(RefusedRecord(**row) for row in await self._pool.fetch(_REFUSALS, ref))

    async def list_asks(self, ref: str) -> tuple[SentAsk, ...]:
        """What agencies were sent about the case `ref`, what was first tried first."""
        rows = await self._pool.fetch(_ASKS, ref)
        sent = (
            SentAsk(**{**row, "attempts": tuple(DeliveryAttempt(*attempt) for attempt in row["attempts"])})
            for row in rows
        )
        return tuple(sorted(sent, key=lambda ask: (min(attempt.at for attempt in ask.attempts), ask.key)))

    async def list_victim_messages(self, ref: str) -> tuple[VictimMessage, ...]:
        """What the victim of the case `ref` was told or is to be told, the newest first."""
        rows = await self._pool.fetch(f"{_VICTIM_MESSAGES} and ref = $1 order by at desc, id desc", ref)
        return tuple(_to_message(row) for row in rows)

    async def get_victim_message(self, key: str) -> VictimMessage | None:
        """One message to a victim; None: there is none of this key."""
        if not key.isprintable():
            # The database takes no such text.
            return None
        row = await self._pool.fetchrow(f"{_VICTIM_MESSAGES} and key = $1", key)
        return None if row is None else _to_message(row)


def _to_message(row: asyncpg.Record) -> VictimMessage:
    values = {field.name: row[field.name] for field in fields(VictimMessage)}
    return VictimMessage(**{**values, "wording": wording_of(row)})


def wording_of(row: asyncpg.Record) -> tuple[str, ...]:
    """The words of a message to a victim: as they were sent, or as they would be sent now."""
    return compose(read_effect(dict(row))) if row["wording"] is None else tuple(row["wording"])
