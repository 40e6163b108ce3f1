"""Cases as they are now: one, or a list in a chosen order that continues from any line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import asyncpg

from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot, WaitSnapshot
from ports.reconciliation import CaseSummary
from queries.periods import end_of, start_of
from queries.reference_search import prefix_ranges
from queries.sql_params import Params, allowed_areas, areas_source

_CASE = """
select ref, version, area, stage, step, reason, received_at, on_hold, assigned_to, rules, policy, initiated_by,
    incident, responsible_agency, ended_on, aftercare_ends_on, victim_updated_on, state,
    array(
        select (key, waits.waiting_on, since, waits.due_on, chase_on, notice_on, chases, waits.overdue_since)
        from waits where waits.ref = cases.ref order by waits.due_on, key
    ) as waits
from cases where ref = $1 and ($2::text[] is null or area = any($2))
"""

_AREA = "select area from cases where ref = $1"

_HAS_ENTRY = "select exists (select from entries where ref = $1 and id = $2)"

# The accounts that raised concerns that are open.
_CONCERNS = """
select concern #>> '{wait,key}' as wait, concern ->> 'raised_by' as raised_by
from cases, jsonb_array_elements(state -> 'concerns') as concern
where ref = $1 and concern ->> 'result' is null
"""
_TRANSFER_AREA = "select transfer_to from cases where ref = $1"

# Nothing else of a case is known to an area before it has taken the case over.
_TRANSFERS = """
select ref, version, transfer_to as to_area, step, state -> 'flags' as flags, received_at,
    state #>> '{transfer,proposed_on}' as proposed_on, state #>> '{transfer,wait,due_on}' as due_on
from cases
where transfer_to is not null and ($1::text[] is null or transfer_to = any($1))
order by due_on, ref limit $2
"""

_OPEN_SUMMARIES = """
select ref, stage, step from cases
where ref > $1 and ended_on is null
order by ref limit $2
"""

_SUMMARIES = "select ref, stage, step from cases where ref = any($1)"

SortKey = tuple[datetime | date, str]
"""The position of a line in its list: what the list is sorted by, then the reference."""


class Sort(StrEnum):
    """What a list is sorted by. A list holds only cases that have the day it is sorted by."""

    RECEIVED = "received"
    DUE = "due"
    """The earliest day by which somebody must answer."""
    OVERDUE = "overdue"
    """Since when a wait has been over its day: overdue cases only."""
    VICTIM_UPDATED = "victim_updated"
    """When the victim was last updated, or asked where they never were: open cases only."""


@dataclass(frozen=True, slots=True)
class CaseListItem:
    """One line of a list: `due_on` is the earliest of its waits, `overdue_since` that of those that ran out.

    `silent_since` is when the victim was last updated; the day of the request where they never were.
    """

    ref: CaseRef
    version: int
    area: str
    stage: str
    step: str
    reason: str | None
    received_at: datetime
    on_hold: bool
    assigned_to: str
    ended_on: date | None
    waiting_on: tuple[str, ...]
    due_on: date | None
    overdue_since: date | None
    step_since: datetime
    victim_updated_on: date | None
    silent_since: date

    @property
    def is_overdue(self) -> bool:
        """Whether a wait of the case ran out."""
        return self.overdue_since is not None

    def sort_key(self, sort: Sort) -> SortKey:
        """Its position in a list sorted by `sort`."""
        value = getattr(self, _COLUMN[sort])
        assert value is not None, "a list holds only cases that have what it is sorted by"
        return (value, self.ref)


@dataclass(frozen=True, slots=True)
class ProposedTransfer:
    """All that the other area may know of a case that it is to take over; `version` is needed to answer."""

    ref: CaseRef
    version: int
    to_area: str
    step: str
    flags: tuple[str, ...]
    received_at: datetime
    proposed_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """Which cases to list: those to which every filter that is set applies. `waiting_on` is who a wait is on.

    Days are of the cases' time, and the last one counts too. `text` is a part of a reference as staff type it.
    """

    area: str | None = None
    stage: str | None = None
    step: str | None = None
    waiting_on: str | None = None
    overdue: bool | None = None
    on_hold: bool | None = None
    assigned_to: str | None = None
    is_open: bool | None = None
    received_from: date | None = None
    received_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    text: str | None = None


_COLUMN = {
    Sort.RECEIVED: "received_at",
    Sort.DUE: "due_on",
    Sort.OVERDUE: "overdue_since",
    Sort.VICTIM_UPDATED: "silent_since",
}
_REQUIRED = {
    Sort.DUE: "due_on is not null",
    Sort.OVERDUE: "overdue_since is not null",
    Sort.VICTIM_UPDATED: "ended_on is null",
}

# A statement has the conditions of the filters that are set only, so that PostgreSQL can use an index for them.
# `offset 0` has it ask row by row what a case waits for, as far as a list goes: it would rather join all there are.
_COMPARISONS = {
    "stage": "stage = {}",
    "step": "step = {}",
    "waiting_on": "exists (select from waits where waits.ref = cases.ref and waits.waiting_on = {} offset 0)",
    "assigned_to": "assigned_to = {}",
    "due_from": "due_on >= {}",
    "due_to": "due_on <= {}",
}
# Where few cases wait on an agency, such as one prison, nearly every case would be asked in vain: the waits name them.
_SMALL_WAITLIST = """
cases.ref = any(array(select waits.ref from waits where waits.waiting_on = {} and waits.area = one.area))
"""
# In the index's order, so that nothing else is read for it.
_COUNT_WAITLIST = """
select count(*) from (select from waits where waiting_on = $1 order by area, ref limit $2) as counted
"""
SMALL_WAITLIST = 5000
# What only open cases have, and those that wait for a review: without this condition, which is that of the index
# `cases_live`, the many that have ended would be skipped one by one, as they are the oldest.
_LIVE = "(ended_on is null or due_on is not null)"
_OF_LIVE = ("waiting_on", "due_from", "due_to")
_FLAGS = {"overdue": "overdue_since is not null", "on_hold": "on_hold", "is_open": "ended_on is null"}

# Each area's cases are read in order from its index, no more than the limit; only what is listed is looked up.
_LIST = """
select cases.ref, version, cases.area, stage, step, reason, received_at, on_hold, assigned_to, ended_on, waiting_on,
    due_on, overdue_since, step_since, victim_updated_on, silent_since
from (
    select found.ref, found.sort_key
    from {areas} as one (area), lateral (
        select ref, {column} as sort_key from cases
        where {where} order by {column} {direction}, ref {direction} limit {limit}
    ) as found
    order by sort_key {direction}, ref {direction} limit {limit}
) as wanted join cases on cases.ref = wanted.ref
order by sort_key {direction}, wanted.ref {direction}
"""


class CaseQueries:
    """Cases as they are now."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get_case(self, ref: str, *, areas: Sequence[str] | None = None) -> CaseSnapshot | None:
        """The case `ref` with its waits, the earliest due first; None: it is not in `areas` (None: all)."""
        row = await self._pool.fetchrow(_CASE, ref, areas)
        if row is None:
            return None
        return CaseSnapshot(**{**row, "waits": tuple(WaitSnapshot(*wait) for wait in row["waits"])})

    async def get_area(self, ref: str) -> str | None:
        """The area of the case `ref`; None: there is no such case."""
        area: str | None = await self._pool.fetchval(_AREA, ref)
        return area

    async def has_entry(self, ref: str, id: str) -> bool:
        """Whether the case `ref` has recorded the record `id`."""
        found: bool = await self._pool.fetchval(_HAS_ENTRY, ref, id)
        return found

    async def list_open_concerns(self, ref: str) -> tuple[tuple[str, str], ...]:
        """The wait of each open concern of the case `ref`, and the account or agency that raised it."""
        return tuple((row["wait"], row["raised_by"]) for row in await self._pool.fetch(_CONCERNS, ref))

    async def get_transfer_area(self, ref: str) -> str | None:
        """The area that the case `ref` is proposed to go to; None: there is no such proposal."""
        area: str | None = await self._pool.fetchval(_TRANSFER_AREA, ref)
        return area

    async def list_transfers(self, areas: Sequence[str] | None, limit: int) -> tuple[ProposedTransfer, ...]:
        """Up to `limit` cases that are proposed to go to `areas` (None: all), by the day on which an answer is due."""
        return tuple(
            ProposedTransfer(
                **{
                    **row,
                    "flags": tuple(row["flags"]),
                    "proposed_on": date.fromisoformat(row["proposed_on"]),
                    "due_on": date.fromisoformat(row["due_on"]),
                }
            )
            for row in await self._pool.fetch(_TRANSFERS, areas, limit)
        )

    async def list_open_summaries(self, after: str, limit: int) -> tuple[CaseSummary, ...]:
        """The next `limit` open cases after the reference `after`, by reference."""
        return tuple(CaseSummary(**row) for row in await self._pool.fetch(_OPEN_SUMMARIES, after, limit))

    async def get_summaries(self, refs: Sequence[CaseRef]) -> Mapping[CaseRef, CaseSummary]:
        """Those of `refs` that the case file has, open or ended."""
        return {row["ref"]: CaseSummary(**row) for row in await self._pool.fetch(_SUMMARIES, refs)}

    async def list_cases(
        self,
        filters: CaseFilters,
        limit: int,
        *,
        areas: Sequence[str] | None = None,
        sort: Sort = Sort.RECEIVED,
        descending: bool = False,
        after: SortKey | None = None,
    ) -> tuple[CaseListItem, ...]:
        """Up to `limit` cases of `areas` (None: all) to which `filters` apply, the earliest day first.

        `after` is the sort key of the last line before; a later part costs no more than the first.
        """
        waiting_on = filters.waiting_on
        few_wait = (
            waiting_on is not None
            and await self._pool.fetchval(_COUNT_WAITLIST, waiting_on, SMALL_WAITLIST) < SMALL_WAITLIST
        )
        statement, values = list_statement(
            filters, limit, areas=areas, sort=sort, descending=descending, after=after, few_wait=few_wait
        )
        rows = await self._pool.fetch(statement, *values)
        return tuple(CaseListItem(**{**row, "waiting_on": tuple(row["waiting_on"])}) for row in rows)


def list_statement(
    filters: CaseFilters,
    limit: int,
    *,
    areas: Sequence[str] | None = None,
    sort: Sort = Sort.RECEIVED,
    descending: bool = False,
    after: SortKey | None = None,
    few_wait: bool = False,
) -> tuple[str, list[object]]:
    """The statement that `list_cases` runs, and its values; `few_wait`: few cases wait on what the filter names."""
    params = Params()
    wanted = areas_source(allowed_areas(filters.area, areas), params)
    conditions = ["cases.area = one.area", *_conditions(filters, params, few_wait)]
    if sort in _REQUIRED:
        conditions.append(_REQUIRED[sort])
    if after is not None:
        beyond = "<" if descending else ">"
        conditions.append(f"({_COLUMN[sort]}, ref) {beyond} ({params.add(after[0])}, {params.add(after[1])})")
    statement = _LIST.format(
        areas=wanted,
        column=_COLUMN[sort],
        where=" and ".join(conditions),
        direction="desc" if descending else "asc",
        limit=params.add(limit),
    )
    return statement, params.values


def _conditions(filters: CaseFilters, params: Params, few_wait: bool) -> Iterator[str]:
    compared = {**_COMPARISONS, "waiting_on": _SMALL_WAITLIST} if few_wait else _COMPARISONS
    for name, condition in compared.items():
        wanted = getattr(filters, name)
        if wanted is not None:
            yield condition.format(params.add(wanted))
    if filters.overdue or filters.on_hold or any(getattr(filters, name) is not None for name in _OF_LIVE):
        yield _LIVE
    for name, condition in _FLAGS.items():
        wanted = getattr(filters, name)
        if wanted is not None:
            yield condition if wanted else f"not ({condition})"
    if filters.received_from is not None:
        yield f"received_at >= {params.add(start_of(filters.received_from))}"
    if filters.received_to is not None:
        yield f"received_at < {params.add(end_of(filters.received_to))}"
    if filters.text is not None:
        # Compared by code point, whatever the database's collation, as the indexes on references are.
        ranges = [
            f"{expression} ~>=~ {params.add(low)} and {expression} ~<~ {params.add(high)}"
            for expression, low, high in prefix_ranges(filters.text)
        ]
        yield f"({' or '.join(ranges)})" if ranges else "false"
