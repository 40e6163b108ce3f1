"""What a victim was told, in which words, when and by which way; and what is still to be told."""

from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

_TOLD = """
select key, message, wording, at, put_at, state, form, sent_at, delivered_at, error, resolved_by, next_update_on
from notifications where ref = $1 and recipient = 'victim' order by at desc, id desc
"""


@dataclass(frozen=True, slots=True)
class VictimMessage:
    """A message to the victim: `at` is the case's time at which it came up, the other moments are real ones.

    `state` is `waiting`, `sent`, `delivered`, `failed`, `withheld` or `by_hand`; `resolved_by` is who told it instead.
    """

    key: str
    message: str
    wording: tuple[str, ...]
    at: datetime
    put_at: datetime
    state: str
    form: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    error: str
    resolved_by: str | None
    next_update_on: date | None


async def list_victim_messages(pool: asyncpg.Pool, ref: str) -> tuple[VictimMessage, ...]:
    """What the victim of the case `ref` was told or is to be told, the newest first."""
    return tuple(VictimMessage(**{**row, "wording": tuple(row["wording"])}) for row in await pool.fetch(_TOLD, ref))
