"""Messages of agencies that the process refused and that a person has to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from domain.days import to_london_day
from domain.vocabulary import CaseRef
from domain.wording.refused_messages import describe_refused_message

_MESSAGES = """
select refused_messages.inbox as id, refused_messages.ref, cases.area, cases.assigned_to, inbox.source,
    refused_messages.event, coalesce(inbox.record -> 'data', '{}') as data, inbox.note, code, refused_messages.detail,
    refused_messages.waiting_on, refused_messages.due_on, stored_at, resolution, refused_messages.resolved_at,
    resolved_by
from refused_messages join cases on cases.ref = refused_messages.ref join inbox on inbox.id = refused_messages.inbox
"""

_OPEN = f"""{_MESSAGES}
where refused_messages.resolved_at is null and ($1::text[] is null or cases.area = any($1))
    and ($2::text is null or assigned_to = $2 or refused_messages.waiting_on = 'supervisor')
order by refused_messages.due_on, refused_messages.inbox
limit $3
"""


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A refused message of the case `ref`; `id` is its number in the inbox, `note` the vault's id of its free text.

    `waiting_on` resolves it by the end of `due_on`, a day of the case's time.
    """

    id: int
    ref: CaseRef
    area: str
    assigned_to: str
    source: str
    event: str
    data: Mapping[str, Any]
    note: str
    code: str
    detail: str
    waiting_on: str
    due_on: date
    stored_at: datetime
    resolution: str | None
    resolved_at: datetime | None
    resolved_by: str | None

    @property
    def what(self) -> str:
        """What was sent, why it was not recorded, and by when somebody looks at it."""
        return describe_refused_message(self.source, self.event, self.code, to_london_day(self.stored_at), self.due_on)


class RefusedMessageQueries:
    """Refused messages, without their notes."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_open(
        self, *, areas: Sequence[str] | None = None, assigned_to: str | None = None, limit: int = 100
    ) -> tuple[RefusedMessage, ...]:
        """Up to `limit` that nobody has resolved in `areas` (None: all), by the day on which they are due.

        With `assigned_to`, those of that person's cases, and all that a supervisor has to resolve.
        """
        rows = await self._pool.fetch(_OPEN, areas, assigned_to, limit)
        return tuple(RefusedMessage(**row) for row in rows)

    async def get(self, id: int) -> RefusedMessage | None:
        """The refused message `id`, resolved or not; None: there is none."""
        row = await self._pool.fetchrow(f"{_MESSAGES} where refused_messages.inbox = $1", id)
        return RefusedMessage(**row) if row else None
