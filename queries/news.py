"""What is new to somebody in cases since they last saw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

MAX_COUNTED = 100
"""How many new entries of a case are counted at most."""

# What they recorded themselves is not new to them, nor is what the clock records as a matter of course.
_IS_NEW = """
entries.by ->> 'id' is distinct from {person}
    and entries.event not in (
        'became_overdue', 'calendar_updated', 'chased', 'rules_adopted', 'second_notice', 'victim_updated'
    )
"""
_NEWS = f"""
select version, event, by, at, entries.note <> '' as has_note
from entries
where ref = $2 and {_IS_NEW.format(person="$3")}
    and version > coalesce((select version from seen where account = $1 and seen.ref = $2), 0)
order by version desc limit $4
"""  # noqa: S608 - the condition above

_CASES = f"""
with current_cases as (
    select ref, area, step, version from cases where assigned_to = $2 and ended_on is null
    union all
    select ref, area, step, version from cases
    where assigned_to = $2 and ended_on is not null and aftercare_ends_on >= $5
)
select current_cases.ref, area, step, news.entries, news.at, news.last_event
from current_cases
left join seen on seen.account = $1 and seen.ref = current_cases.ref
join lateral (
    select count(*) as entries, max(at) as at, (array_agg(event order by version desc))[1] as last_event
    from (
        select version, event, at from entries
        where entries.ref = current_cases.ref and version > coalesce(seen.version, 0)
            and {_IS_NEW.format(person="$2")}
        order by version desc limit $6
    ) as latest
) as news on news.entries > 0
where current_cases.version > coalesce(seen.version, 0) and ($3::text[] is null or area = any($3))
order by news.at desc, current_cases.ref limit $4
"""  # noqa: S608 - the condition above


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
    """A case in which something is new: how many entries (MAX_COUNTED at most), the last of them, and when that was."""

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
        self, account: str, person: str, areas: Sequence[str] | None, today: date, limit: int
    ) -> tuple[CaseNews, ...]:
        """The cases of `person` with something new, the latest first; `areas` None: all.

        A case whose aftercare has ended by `today`, a day of the cases' time, has no news.
        """
        rows = await self._pool.fetch(_CASES, account, person, areas, limit, today, MAX_COUNTED)
        return tuple(CaseNews(**row) for row in rows)
