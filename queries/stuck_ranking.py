"""Which cases are stuck, in the order of harm: read kind by kind from an index of each, as far as a page goes.

A case stands where its most harmful reason puts it, so each kind passes over the cases that an earlier one has listed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import asyncpg

from queries.sql_params import KNOWN_AREAS, Params, areas_source
from queries.stuck_kinds import (
    DEAD_LETTERED,
    FAILING_ASKS_SQL,
    HARM_ORDER,
    HAS_ACCESS_SQL,
    IS_STUCK_SQL,
    KINDS,
    UNDELIVERED_ASKS_SQL,
    StuckKind,
)


@dataclass(frozen=True, slots=True)
class StuckCursor:
    """Where a case stands in the list; a list of other kinds has other places. `since` of an overdue case is a day."""

    kind: StuckKind
    since: datetime
    ref: str


@dataclass(frozen=True, slots=True)
class StuckFilter:
    """Which stuck cases are wanted: of `areas` (None: all), that are stuck for one of `kinds`; somebody's, or all."""

    areas: Sequence[str] | None = None
    kinds: Collection[StuckKind] = KINDS
    assigned_to: str | None = None


async def rank_stuck_cases(
    pool: asyncpg.Pool, wanted: StuckFilter, limit: int, after: StuckCursor | None = None
) -> tuple[StuckCursor, ...]:
    """Up to `limit` places after `after`, in order."""
    found: list[StuckCursor] = []
    for kind in KINDS[HARM_ORDER[after.kind] if after else 0 :]:
        if kind in wanted.kinds and len(found) < limit:
            begin = after if after and after.kind is kind else None
            found += await _of_kind(pool, kind, wanted, limit - len(found), begin)
    return tuple(found)


async def _of_kind(
    pool: asyncpg.Pool, kind: StuckKind, wanted: StuckFilter, limit: int, after: StuckCursor | None
) -> Sequence[StuckCursor]:
    """Up to `limit` places of `kind`: candidates are read in order until so many of them stand there."""
    # Keys of a dict: a case of which two asks have failed since the same moment stands once.
    found: dict[StuckCursor, None] = {}
    batch = limit
    while True:
        statement, values = candidates_statement(kind, wanted, batch, after)
        rows = await pool.fetch(statement, *values)
        found.update((_place(kind, row), None) for row in rows if row["stands"])
        if len(rows) < batch or len(found) >= limit:
            return list(found)[:limit]
        after, batch = _place(kind, rows[-1]), batch * 2


def _place(kind: StuckKind, row: asyncpg.Record) -> StuckCursor:
    since = row["since"]
    moment = since if isinstance(since, datetime) else datetime.combine(since, time.min, UTC)
    return StuckCursor(kind, moment, row["ref"])


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the candidates of a kind are read, in which order, and which of the rows are any.

    `apart` says whether a row is of a case that is overdue, which the index keeps apart; empty where it does not.
    `stands` is what is asked of each candidate, `place` with its row of `cases`, before the kinds above are.
    """

    rows: str
    since: str
    ref: str
    area: str
    where: str
    apart: str = ""
    stands: str = "cases.ref is not null"


_FOUND = _Source(
    rows="findings",
    since="findings.since",
    ref="findings.ref",
    area="findings.area",
    where="findings.kind = '{kind}'",
)
# Of several asks of a case that fail, or messages that are parked, its place is that of the first that is wanted.
_SOURCES: dict[StuckKind, _Source] = {
    StuckKind.OVERDUE: _Source(
        rows="cases",
        since="cases.overdue_since",
        ref="cases.ref",
        area="cases.area",
        where="cases.overdue_since is not null",
    ),
    StuckKind.AGENCY_UNREACHABLE: _Source(
        rows="asks as failing",
        since="failing.failing_since",
        ref="failing.ref",
        area="failing.area",
        where=FAILING_ASKS_SQL.format(ask="failing"),
        apart="failing.case_overdue",
        stands=f"""cases.ref is not null and place.since = (
            select min(failing_since) from asks as failing
            where failing.ref = place.ref and {UNDELIVERED_ASKS_SQL.format(ask="failing")}
        )""",  # noqa: S608 - the condition of the kind
    ),
    StuckKind.UNDELIVERED: _Source(
        rows="inbox",
        since="inbox.received_at",
        ref="inbox.ref",
        area="inbox.area",
        where=DEAD_LETTERED,
        stands=f"""cases.ref is not null and place.since = (
            select min(received_at) from inbox where inbox.ref = place.ref and {DEAD_LETTERED}
        )""",  # noqa: S608 - the condition of the index
    ),
    StuckKind.WORKFLOW_FAILING: _FOUND,
    StuckKind.STATE_MISMATCH: _FOUND,
    StuckKind.UNASSIGNED: _Source(
        rows="cases",
        since="cases.assigned_since",
        ref="cases.ref",
        area="cases.area",
        where="cases.assigned_to = one.assigned_to and cases.ended_on is null",
        apart="cases.is_overdue",
    ),
}

# Each part of an index is read in order by itself, no further than is wanted, and the parts are merged. What the index
# does not say is asked of these candidates only.
_CANDIDATES = """
select place.since, place.ref, {stands} as stands
from (
    select part.since, part.ref
    from {parts} lateral (
        select {source.since} as since, {source.ref} as ref
        from {rows}
        where {where}
        order by {source.since}, {source.ref}
        limit {limit}
    ) as part
    order by part.since, part.ref
    limit {limit}
) as place{with_case}
order by place.since, place.ref
"""

# Who has cases is as old as the counts; whether they have access is asked now.
_NOBODIES = f"""(
    select area, '' as assigned_to from {{areas}} as known (area)
    union all
    select area, assigned_to from caseloads
    where assigned_to <> '' and {{within}} and not {HAS_ACCESS_SQL.format(row="caseloads")}
)"""  # noqa: S608 - the condition above


def candidates_statement(
    kind: StuckKind, wanted: StuckFilter, limit: int, after: StuckCursor | None = None
) -> tuple[str, list[object]]:
    """The statement that reads up to `limit` candidates for a place of `kind`, and its values.

    Each comes with whether it stands there: it may be none of this kind any more, or listed above already.
    """
    values, source = Params(), _SOURCES[kind]
    parts = [] if (areas := _areas(kind, wanted, values)) is None else [areas]
    if source.apart and StuckKind.OVERDUE not in wanted.kinds:
        parts.append("(values (false), (true)) as lane (is_overdue)")
    conditions = [source.where.format(kind=kind), *_conditions(kind, wanted, values)]
    if areas is not None:
        conditions.append(f"{source.area} = one.area")
    if after is not None:
        since: date = after.since.date() if kind is StuckKind.OVERDUE else after.since
        conditions.append(f"({source.since}, {source.ref}) > ({values.place(since)}, {values.place(after.ref)})")
    above = [f"not ({IS_STUCK_SQL[other]})" for other in KINDS[: HARM_ORDER[kind]] if other in wanted.kinds]
    is_certain = kind is StuckKind.OVERDUE
    statement = _CANDIDATES.format(
        parts="".join(f"{part}, " for part in parts),
        source=source,
        rows=_rows(source, wanted),
        where=" and ".join(conditions),
        limit=values.place(limit),
        stands="true" if is_certain else " and ".join([source.stands, *above]),
        with_case="" if is_certain else " left join cases on cases.ref = place.ref",
    )
    return statement, values.given


def _rows(source: _Source, wanted: StuckFilter) -> str:
    """The rows to read; with those of `cases` where something is asked of them."""
    if wanted.assigned_to is None or "cases" in source.rows:
        return source.rows
    return f"{source.rows} join cases on cases.ref = {source.ref}"


def _conditions(kind: StuckKind, wanted: StuckFilter, values: Params) -> Iterator[str]:
    apart = _SOURCES[kind].apart
    if apart:
        yield f"not {apart}" if StuckKind.OVERDUE in wanted.kinds else f"{apart} = lane.is_overdue"
    if wanted.assigned_to is not None:
        yield f"cases.assigned_to = {values.place(wanted.assigned_to)}"


def _areas(kind: StuckKind, wanted: StuckFilter, values: Params) -> str | None:
    """What gives the wanted areas one by one; None where one index has all areas in order."""
    if kind is StuckKind.UNASSIGNED:
        within = "true" if wanted.areas is None else f"area = any({values.place(list(wanted.areas))})"
        areas = KNOWN_AREAS if wanted.areas is None else areas_source(wanted.areas, values)
        return f"{_NOBODIES.format(areas=areas, within=within)} as one (area, assigned_to)"
    return None if wanted.areas is None else f"{areas_source(wanted.areas, values)} as one (area)"
