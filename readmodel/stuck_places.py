"""Which cases are stuck, in the order of harm: read kind by kind from an index of each, as far as a page goes.

A case stands where its most harmful reason puts it, so each kind passes over the cases that an earlier one has listed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import asyncpg

from readmodel.asking import KNOWN_AREAS, Values, one_by_one
from readmodel.stuck_kinds import HAS_ACCESS, IS, KINDS, PARKED, RANK, WANTED, StuckKind


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands in the list; a list of other kinds has other places. `since` of an overdue case is a day."""

    kind: StuckKind
    since: datetime
    ref: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stuck cases are wanted: of `areas` (None: all), that are stuck for one of `kinds`; somebody's, or all."""

    areas: Sequence[str] | None = None
    kinds: Collection[StuckKind] = KINDS
    assigned_to: str | None = None


async def places(pool: asyncpg.Pool, wanted: Wanted, limit: int, after: Place | None = None) -> tuple[Place, ...]:
    """Up to `limit` places after `after`, in order."""
    found: list[Place] = []
    for kind in KINDS[RANK[after.kind] if after else 0 :]:
        if kind in wanted.kinds and len(found) < limit:
            statement, values = places_of(kind, wanted, limit - len(found), after)
            found += [_place(kind, row) for row in await pool.fetch(statement, *values)]
    return tuple(found)


def _place(kind: StuckKind, row: asyncpg.Record) -> Place:
    since = row["since"]
    moment = since if isinstance(since, datetime) else datetime.combine(since, time.min, UTC)
    return Place(kind, moment, row["ref"])


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the cases of a kind are read, in which order, and what else holds of its rows.

    `apart` says whether a row is of a case that is overdue, which the index keeps apart; empty where it does not.
    """

    rows: str
    since: str
    ref: str
    area: str
    where: str
    apart: str = ""


_FOUND = _Source(
    rows="findings join cases on cases.ref = findings.ref",
    since="findings.since",
    ref="findings.ref",
    area="findings.area",
    where="findings.kind = '{kind}'",
)
# Of several asks of a case that fail, its place is that of the first. What has happened since the case's last page is
# not in the index, so the conditions ask again.
_SOURCES: dict[StuckKind, _Source] = {
    StuckKind.OVERDUE: _Source(
        rows="cases",
        since="cases.overdue_since",
        ref="cases.ref",
        area="cases.area",
        where="cases.overdue_since is not null",
    ),
    StuckKind.AGENCY_UNREACHABLE: _Source(
        rows="asks as failing join cases on cases.ref = failing.ref",
        since="failing.failing_since",
        ref="failing.ref",
        area="failing.area",
        where=f"""{WANTED.format(ask="failing")} and not exists (
            select from asks as earlier
            where earlier.ref = failing.ref and {WANTED.format(ask="earlier")}
                and (earlier.failing_since, earlier.key) < (failing.failing_since, failing.key)
        )""",
        apart="failing.case_overdue",
    ),
    StuckKind.UNDELIVERED: _Source(
        rows=f"""(
            select inbox.ref, min(received_at) as since from inbox where {PARKED} group by inbox.ref
        ) as parked join cases on cases.ref = parked.ref""",  # noqa: S608 - the condition of the index
        since="parked.since",
        ref="parked.ref",
        area="cases.area",
        where="true",
    ),
    StuckKind.ENGINE_TROUBLE: _FOUND,
    StuckKind.CONTRADICTION: _FOUND,
    StuckKind.NOBODY: _Source(
        rows="cases",
        since="cases.assigned_since",
        ref="cases.ref",
        area="cases.area",
        where="cases.assigned_to = one.assigned_to and cases.ended_on is null",
        apart="cases.is_overdue",
    ),
}

# Each part of the index is read in order by itself, no further than is wanted, and the parts are merged.
_MERGED = """
select place.since, place.ref
from {parts} lateral (
    select {source.since} as since, {source.ref} as ref
    from {source.rows}
    where {where}
    order by {source.since}, {source.ref}
    limit {limit}
) as place
order by place.since, place.ref
limit {limit}
"""

# Who has cases is as old as the counts; whether they have access is asked now.
_NOBODIES = f"""(
    select area, '' as assigned_to from {{areas}} as known (area)
    union all
    select area, assigned_to from caseloads
    where assigned_to <> '' and {{within}} and not {HAS_ACCESS.format(row="caseloads")}
)"""  # noqa: S608 - the condition above


def places_of(kind: StuckKind, wanted: Wanted, limit: int, after: Place | None = None) -> tuple[str, list[object]]:
    """The statement that reads up to `limit` places of `kind`, and its values."""
    values, source = Values(), _SOURCES[kind]
    parts = [] if (areas := _areas(kind, wanted, values)) is None else [areas]
    conditions = [source.where.format(kind=kind), *_conditions(kind, wanted, values)]
    if areas is not None:
        conditions.append(f"{source.area} = one.area")
    if source.apart and StuckKind.OVERDUE in wanted.kinds:
        conditions.append(f"not {source.apart}")
    elif source.apart:
        parts.append("(values (false), (true)) as lane (is_overdue)")
        conditions.append(f"{source.apart} = lane.is_overdue")
    if after is not None and after.kind is kind:
        since: date = after.since.date() if kind is StuckKind.OVERDUE else after.since
        conditions.append(f"({source.since}, {source.ref}) > ({values.place(since)}, {values.place(after.ref)})")
    statement = _MERGED.format(
        parts="".join(f"{part}, " for part in parts),
        source=source,
        where=" and ".join(conditions),
        limit=values.place(limit),
    )
    return statement, values.given


def _areas(kind: StuckKind, wanted: Wanted, values: Values) -> str | None:
    """What gives the wanted areas one by one; None where one index has all areas in order."""
    if kind is StuckKind.NOBODY:
        within = "true" if wanted.areas is None else f"area = any({values.place(list(wanted.areas))})"
        areas = KNOWN_AREAS if wanted.areas is None else one_by_one(wanted.areas, values)
        return f"{_NOBODIES.format(areas=areas, within=within)} as one (area, assigned_to)"
    return None if wanted.areas is None else f"{one_by_one(wanted.areas, values)} as one (area)"


def _conditions(kind: StuckKind, wanted: Wanted, values: Values) -> Iterator[str]:
    """What a row of `cases` must be as well: of no more harmful kind that is wanted, and somebody's."""
    for other in KINDS[: RANK[kind]]:
        if other in wanted.kinds:
            yield f"not ({IS[other]})"
    if wanted.assigned_to is not None:
        yield f"cases.assigned_to = {values.place(wanted.assigned_to)}"
