"""What is new to somebody in cases since they last saw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

# What they recorded themselves is not new to them.
_NEWS = """
select version, event, by, at, entries.note <> '' as has_note
from entries
where ref = $2 and by ->> 'id' <> $3
    and version > coalesce((select version from seen where account = $1 and seen.ref = $2), 0)
order by version desc limit $4
"""

_CASES = """
select cases.ref, cases.area, cases.step, count(*) as entries, max(entries.at) as at,
    (array_agg(event order by entries.version desc))[1] as last_event
from cases
    left join seen on seen.account = $1 and seen.ref = cases.ref
    join entries on entries.ref = cases.ref and entries.version > coalesce(seen.version, 0)
where cases.assigned_to = $2 and by ->> 'id' <> $2 and ($3::text[] is null or cases.area = any($3))
group by cases.ref
order by at desc, cases.ref limit $4
"""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that somebody has not seen: `by` is as in the entry."""

    version: int
    event: str
    by: dict[str, str]
    at: datetime
    has_note: bool


@dataclass(frozen=True, slots=True)
class CaseNews:
    """A case in which something is new: how many entries, the last of them, and when that was."""

    ref: str
    area: str
    step: str
    entries: int
    at: datetime
    last_event: str


class News:
    """What is new to each account."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_entries(self, account: str, person: str, ref: str, limit: int) -> tuple[NewEntry, ...]:
        """The last `limit` entries that are new to `account`, whose entries are by `person`; the latest first."""
        return tuple(NewEntry(**row) for row in await self._pool.fetch(_NEWS, account, ref, person, limit))

    async def list_cases(
        self, account: str, person: str, areas: Sequence[str] | None, limit: int
    ) -> tuple[CaseNews, ...]:
        """The cases of `person` with something new, the latest first; `areas` None: all."""
        return tuple(CaseNews(**row) for row in await self._pool.fetch(_CASES, account, person, areas, limit))
