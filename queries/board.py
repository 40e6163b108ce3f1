"""How many cases are at each stage and step, how many are overdue, and for how long; a minute old at most."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import asyncpg

from domain.vocabulary import Stage, Step
from queries.day_counts import DayCounts

# The row of all areas together has an empty area. What is read was counted at one moment, with its time.
_BOARD = """
select as_of, today, stage, step, open, overdue, on_hold, since, cases
from board_snapshots left join board on board.area = any($1)
"""

# A country has thousands of caseworkers: those with the most overdue cases are shown, and always what nobody has.
MAX_PEOPLE = 200
_CASELOADS = """
with people as (
    select assigned_to, sum(open)::integer as open, sum(overdue)::integer as overdue,
        sum(on_hold)::integer as on_hold
    from caseloads where $1::text[] is null or area = any($1)
    group by assigned_to
),
ranked as (
    select people.*, row_number() over (order by overdue desc, open desc, assigned_to) as place,
        count(*) over () as in_all
    from people
)
select as_of, assigned_to, open, overdue, on_hold, in_all
from board_snapshots left join ranked on place <= $2 or assigned_to in ('', $3)
order by place
"""


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """How many open cases there are somewhere, and how many of them are overdue and on hold.

    `median_days` and `p90_days` are whole days since they came to the step that they are at.
    """

    open: int = 0
    overdue: int = 0
    on_hold: int = 0
    median_days: int | None = None
    p90_days: int | None = None


@dataclass(frozen=True, slots=True)
class StageCounts:
    """The open cases that have reached `stage` last: together, and at each step in the order of the process."""

    stage: Stage
    counts: BoardCounts
    steps: tuple[tuple[Step, BoardCounts], ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Counts of the open cases as of a moment: `as_of` is real time, `today` the cases' day then."""

    as_of: datetime
    today: date
    counts: BoardCounts
    stages: tuple[StageCounts, ...]


@dataclass(frozen=True, slots=True)
class Caseload:
    """How many open cases somebody has; those with an empty name are unassigned."""

    assigned_to: str
    open: int
    overdue: int
    on_hold: int


@dataclass(frozen=True, slots=True)
class Caseloads:
    """Who has how many cases as of a moment, the most overdue ones first; and how many `others` have any."""

    as_of: datetime
    people: tuple[Caseload, ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class _Sums:
    open: int = 0
    overdue: int = 0
    on_hold: int = 0
    days: DayCounts = field(default_factory=DayCounts)

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.open + other.open,
            self.overdue + other.overdue,
            self.on_hold + other.on_hold,
            self.days + other.days,
        )

    def as_counts(self) -> BoardCounts:
        return BoardCounts(self.open, self.overdue, self.on_hold, self.days.median, self.days.p90)


class BoardQueries:
    """The counts that a server makes once a minute."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get_board(self, areas: Sequence[str] | None) -> Board | None:
        """The board of `areas` together (None: all); None where no server has counted yet."""
        rows = await self._pool.fetch(_BOARD, [""] if areas is None else [area for area in areas if area])
        if not rows:
            return None
        as_of, today = rows[0]["as_of"], rows[0]["today"]
        sums: dict[Stage, dict[Step, _Sums]] = {}
        for row in rows:
            if row["stage"] is not None:
                since = zip(row["since"], row["cases"], strict=True)
                days = DayCounts.of(((today - day).days, cases) for day, cases in since)
                steps = sums.setdefault(Stage(row["stage"]), {})
                step = Step(row["step"])
                steps[step] = steps.get(step, _Sums()) + _Sums(row["open"], row["overdue"], row["on_hold"], days)
        stages = tuple(
            StageCounts(
                stage,
                sum(sums[stage].values(), _Sums()).as_counts(),
                tuple((step, sums[stage][step].as_counts()) for step in Step if step in sums[stage]),
            )
            for stage in Stage
            if stage in sums
        )
        total = sum((step_sums for steps in sums.values() for step_sums in steps.values()), _Sums())
        return Board(as_of, today, total.as_counts(), stages)

    async def get_caseloads(self, areas: Sequence[str] | None, *, including: str = "") -> Caseloads | None:
        """Who has how many cases of `areas` (None: all), up to `MAX_PEOPLE`, and in any case the account `including`.

        None where no server has counted yet.
        """
        rows = await self._pool.fetch(_CASELOADS, areas, MAX_PEOPLE, including)
        if not rows:
            return None
        people = tuple(Caseload(*list(row)[1:5]) for row in rows if row["assigned_to"] is not None)
        return Caseloads(rows[0]["as_of"], people, (rows[0]["in_all"] or 0) - len(people))
