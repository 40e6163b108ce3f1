"""The order of stuck cases: by harm, then the longest stuck first. Each kind is read from an index of its own.

A case is listed once, under its most harmful kind, so each kind passes over the cases that an earlier one has.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from queries.sql_params import Params, areas_source
from queries.stuck_kinds import (
    DEAD_LETTERED,
    FAILING_ASKS_SQL,
    HARM_ORDER,
    HAS_ACCESS_SQL,
    IS_STUCK_SQL,
    KINDS,
    OWNER_OF_REFUSED,
    REFUSED_SQL,
    UNDELIVERED_ASKS_SQL,
    WAITS_OF_KIND_SQL,
    StuckKind,
)


@dataclass(frozen=True, slots=True)
class StuckCursor:
    """The position of a case in a list of some kinds. `since` of an overdue case is a day, of a wait in case time."""

    kind: StuckKind
    since: datetime
    ref: str


@dataclass(frozen=True, slots=True)
class StuckFilter:
    """Which stuck cases to list: those of `areas`, that are stuck for one of `kinds`, and `assigned_to` somebody.

    None: all.
    """

    areas: Sequence[str] | None = None
    kinds: Collection[StuckKind] = KINDS
    assigned_to: str | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the candidates of a kind are read, in which order, and which of the rows count.

    `rows` is a table, with an alias where it has one, and `column` says since when a row is what `where` asks for. Of
    several rows of a case the first that is as `counts` counts. `is_overdue` says whether a row is of an overdue case,
    where the index has these apart. One that `is_read_by_area` has no index across all areas. `{kind}` and
    `{long_since}` are filled in.
    """

    rows: str
    column: str
    where: str
    counts: str = ""
    is_overdue: str = ""
    area_from: str = ""
    is_read_by_area: bool = False

    @property
    def since(self) -> str:
        return f"{self._alias}.{self.column}"

    @property
    def ref(self) -> str:
        return f"{self._alias}.ref"

    @property
    def area(self) -> str:
        return f"{self.area_from or self._alias}.area"

    @property
    def qualifies(self) -> str:
        """The condition on a `candidate` with its row of `cases`, before those of the kinds above."""
        if not self.counts:
            return "cases.ref is not null"
        first = f"select min({self.since}) from {self.rows} where {self.ref} = candidate.ref and {self.counts}"  # noqa: S608 - written below
        return f"cases.ref is not null and candidate.since = ({first})"

    @property
    def _alias(self) -> str:
        return self.rows.split()[-1]


_FINDINGS = _Source("findings", "since", "findings.kind = '{kind}'")


_REFUSED_SQL = {kind: REFUSED_SQL.format(owner=owner) for kind, owner in OWNER_OF_REFUSED.items()}

_SOURCES: dict[StuckKind, _Source] = {
    **{kind: _Source("waits", "since", condition, condition) for kind, condition in WAITS_OF_KIND_SQL.items()},
    # Refused messages that nobody has looked at are few: their cases are read one by one.
    **{
        kind: _Source("refused_messages", "stored_at", condition, condition, area_from="cases")
        for kind, condition in _REFUSED_SQL.items()
    },
    StuckKind.OVERDUE: _Source("cases", "overdue_since", "cases.overdue_since is not null"),
    StuckKind.AGENCY_UNREACHABLE: _Source(
        "asks as failing",
        "failing_since",
        FAILING_ASKS_SQL.format(ask="failing"),
        UNDELIVERED_ASKS_SQL.format(ask="failing"),
        is_overdue="failing.case_overdue",
    ),
    StuckKind.UNDELIVERED: _Source("inbox", "received_at", DEAD_LETTERED, DEAD_LETTERED),
    StuckKind.WORKFLOW_FAILING: _FINDINGS,
    StuckKind.STATE_MISMATCH: _FINDINGS,
    StuckKind.UNASSIGNED: _Source(
        "cases",
        "assigned_since",
        "cases.assigned_to = one.assigned_to and cases.ended_on is null",
        is_overdue="cases.is_overdue",
        is_read_by_area=True,
    ),
    StuckKind.LONG_STANDING: _Source(
        "waits",
        "since",
        "waits.since < {long_since}",
        "waits.since < {long_since}",
        is_overdue="waits.is_overdue",
        is_read_by_area=True,
    ),
}

# Each part of an index is read in order by itself, no further than is wanted, and the parts are merged. What the index
# does not say is asked of these candidates only.
_CANDIDATES = """
select candidate.since, candidate.ref, {qualifies} as qualifies
from (
    select part.since, part.ref
    from {sources} lateral (
        select {source.since} as since, {source.ref} as ref
        from {rows}
        where {where}
        order by {source.since}, {source.ref}
        limit {limit}
    ) as part
    order by part.since, part.ref
    limit {limit}
) as candidate{with_case}
order by candidate.since, candidate.ref
"""

# The caseloads are up to a minute old; whether somebody has access is asked now.
_UNASSIGNED = f"""(
    select area, '' as assigned_to from {{areas}}
    union all
    select area, assigned_to from caseloads
    where assigned_to <> '' and {{within}} and not {HAS_ACCESS_SQL.format(row="caseloads")}
)"""  # noqa: S608 - the condition above


def candidates_statement(
    kind: StuckKind, filters: StuckFilter, limit: int, long_since: datetime, cursor: StuckCursor | None = None
) -> tuple[str, list[object]]:
    """The statement that reads up to `limit` candidates of `kind`, and its values.

    A wait that started before `long_since` is long-standing. Each candidate comes with whether it qualifies: it may be
    none of this kind any more, or listed under an earlier one.
    """
    params, source = Params(), _SOURCES[kind]
    names = {"kind": kind, "long_since": params.add(long_since) if kind is StuckKind.LONG_STANDING else ""}
    sources, conditions = [], [source.where.format(**names)]
    if source.is_read_by_area or filters.areas is not None:
        areas = f"{areas_source(filters.areas, params)} as one (area)"
        if kind is StuckKind.UNASSIGNED:
            within = "true" if filters.areas is None else f"area = any({params.add(filters.areas)})"
            areas = f"{_UNASSIGNED.format(areas=areas, within=within)} as one (area, assigned_to)"
        sources.append(areas)
        conditions.append(f"{source.area} = one.area")
    if source.is_overdue and StuckKind.OVERDUE in filters.kinds:
        conditions.append(f"not {source.is_overdue}")
    elif source.is_overdue:
        sources.append("(values (false), (true)) as lane (is_overdue)")
        conditions.append(f"{source.is_overdue} = lane.is_overdue")
    rows = source.rows
    if rows != "cases" and (filters.assigned_to is not None or source.area_from):
        rows = f"{rows} join cases on cases.ref = {source.ref}"
    if filters.assigned_to is not None:
        conditions.append(f"cases.assigned_to = {params.add(filters.assigned_to)}")
    if cursor is not None:
        since: date = cursor.since.date() if kind is StuckKind.OVERDUE else cursor.since
        conditions.append(f"({source.since}, {source.ref}) > ({params.add(since)}, {params.add(cursor.ref)})")
    above = [f"not ({IS_STUCK_SQL[other]})" for other in KINDS[: HARM_ORDER[kind]] if other in filters.kinds]
    is_certain = kind is StuckKind.OVERDUE and not above
    statement = _CANDIDATES.format(
        sources="".join(f"{part}, " for part in sources),
        source=source,
        rows=rows,
        where=" and ".join(conditions),
        limit=params.add(limit),
        qualifies="true" if is_certain else " and ".join([source.qualifies.format(**names), *above]),
        with_case="" if is_certain else " left join cases on cases.ref = candidate.ref",
    )
    return statement, params.values
