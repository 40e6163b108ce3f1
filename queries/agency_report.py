"""How agencies answer: how many of their questions, in how many days, and how often they had to be chased."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from domain.effects import ANSWERS
from domain.events import PutOnHold
from queries.day_counts import DayCounts
from queries.periods import Period, with_all_areas

SECONDS_TO_READ = 120.0


@dataclass(frozen=True, slots=True)
class AgencyAnswers:
    """How an agency answers what it is asked: `agency` is as cases name it, by its kind or with its id.

    Of those `asked`, `answered` were answered in the period, within `median_days` and `p90_days` (calendar days from
    the question to the answer, holds included); `unanswered` ended in it otherwise; `open` are still waited for.
    `chased` of them were reminded, `reminders` times in all, and `overdue` of them ran out of time.
    """

    area: str
    agency: str
    asked: int
    answered: int
    unanswered: int
    open: int
    median_days: int | None
    p90_days: int | None
    chased: int
    reminders: int
    overdue: int


# A wait that a hold interrupts is not over: it goes on after the hold, from its own beginning.
_OVER = """
select area, waiting_on as agency,
    case when split_part(key, ':', 1) || ' ' || ended_by = any($5) then 'answered' else 'unanswered' end as became,
    (ended_at at time zone 'UTC')::date - (since at time zone 'UTC')::date as days, count(*) as waits,
    count(*) filter (where chases > 0) as chased, sum(chases) as reminders,
    count(*) filter (where overdue_since is not null) as overdue
from wait_history
where waiting_on not in ('caseworker', 'supervisor') and ended_at >= $1 and ended_at < $2
    and ($3::text[] is null or area = any($3)) and split_part(key, ':', 1) = any($4) and ended_by <> $6
group by 1, 2, 3, 4
"""

_OPEN = """
select area, waiting_on as agency, 'open' as became, 0 as days, count(*) as waits,
    count(*) filter (where chases > 0) as chased, sum(chases) as reminders,
    count(*) filter (where overdue_since is not null) as overdue
from waits
where waiting_on not in ('caseworker', 'supervisor') and ($1::text[] is null or area = any($1))
    and split_part(key, ':', 1) = any($2)
group by 1, 2
"""

_KINDS = [kind.value for kind in ANSWERS]
_ANSWERED = [f"{kind.value} {event.name}" for kind, event in ANSWERS.items()]


@dataclass(slots=True)
class _Counted:
    waits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    days: list[tuple[int, int]] = field(default_factory=list)
    chased: int = 0
    reminders: int = 0
    overdue: int = 0

    def add(self, row: asyncpg.Record) -> None:
        became: str = row["became"]
        self.waits[became] += row["waits"]
        if became == "answered":
            self.days.append((row["days"], row["waits"]))
        self.chased += row["chased"]
        self.reminders += row["reminders"]
        self.overdue += row["overdue"]


async def list_agency_answers(
    pool: asyncpg.Pool, period: Period, *, areas: Sequence[str] | None
) -> tuple[AgencyAnswers, ...]:
    """How each agency answers the questions of `areas` (None: all) that were over in `period` or are open now."""
    wanted = None if areas is None else list(areas)
    over = await pool.fetch(_OVER, *period.moments, wanted, _KINDS, _ANSWERED, PutOnHold.name, timeout=SECONDS_TO_READ)
    waited_for = await pool.fetch(_OPEN, wanted, _KINDS, timeout=SECONDS_TO_READ)
    counted: dict[tuple[str, str], _Counted] = defaultdict(_Counted)
    for area, row in with_all_areas((row["area"], row) for row in (*over, *waited_for)):
        counted[area, row["agency"]].add(row)
    return tuple(_line(*whose, counted[whose]) for whose in sorted(counted))


def _line(area: str, agency: str, counted: _Counted) -> AgencyAnswers:
    days = DayCounts.of(counted.days)
    return AgencyAnswers(
        area=area,
        agency=agency,
        asked=sum(counted.waits.values()),
        answered=counted.waits["answered"],
        unanswered=counted.waits["unanswered"],
        open=counted.waits["open"],
        median_days=days.median,
        p90_days=days.p90,
        chased=counted.chased,
        reminders=counted.reminders,
        overdue=counted.overdue,
    )
