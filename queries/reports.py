"""What cases came to in a period: how long steps took, how requests ended, and how agencies answered.

Days are calendar days in London. Each report has lines for each area, and others with an empty area for all of these
areas together.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from domain.effects import ANSWERS, answers_to
from domain.events import PutOnHold
from domain.vocabulary import Stage, Step
from queries.day_counts import DayCounts
from queries.periods import Period, with_all_areas

TIMEOUT = 120.0
"""Seconds that a report may take."""
REFUSED = "refused"
"""How a request ended that never became a case."""


@dataclass(frozen=True, slots=True)
class StepDuration:
    """How long cases were at a step that they left in the period; where `step` is None, at all steps of the stage."""

    area: str
    stage: str
    step: str | None
    cases: int
    median_days: int | None
    p90_days: int | None


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """How many requests ended in one way: `outcome` is the stage at the end, or `refused` for what never became a case.

    `form` is how the two sides met; None where they did not.
    """

    area: str
    outcome: str
    reason: str | None
    form: str | None
    cases: int


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


_DURATIONS = """
select area, stage, step,
    (until at time zone 'Europe/London')::date - (since at time zone 'Europe/London')::date as days, count(*) as cases
from stage_history
where until >= $1 and until < $2 and ($3::text[] is null or area = any($3))
group by 1, 2, 3, 4
"""

_ENDED = """
select area, stage as outcome, reason, held_form as form, count(*) as cases
from cases
where ended_on between $1 and $2 and ($3::text[] is null or area = any($3))
group by 1, 2, 3, 4
"""

# Of what never became a case there is the request only; it was refused in real time.
_REFUSED = f"""
select area, '{REFUSED}' as outcome, reason, null as form, count(*) as cases
from (
    select coalesce(record #>> '{{data,area}}', '') as area, reason from inbox
    where kind = 'request' and outcome = 'refused' and resolved_at >= $1 and resolved_at < $2
) as request
where $3::text[] is null or area = any($3)
group by 1, 3
"""  # noqa: S608 - the word above

# A wait that a hold interrupts is not over: it continues after the hold, from its own beginning.
_WAITS_OVER = """
select area, waiting_on as agency,
    case when split_part(key, ':', 1) || ' ' || ended_by = any($5) then 'answered' else 'unanswered' end as result,
    (ended_at at time zone 'Europe/London')::date - (since at time zone 'Europe/London')::date as days,
    count(*) as waits, count(*) filter (where chases > 0) as chased, sum(chases) as reminders,
    count(*) filter (where overdue_since is not null) as overdue
from wait_history
where waiting_on not in ('caseworker', 'supervisor') and ended_at >= $1 and ended_at < $2
    and ($3::text[] is null or area = any($3)) and split_part(key, ':', 1) = any($4) and ended_by <> $6
group by 1, 2, 3, 4
"""

_WAITS_OPEN = """
select area, waiting_on as agency, 'open' as result, 0 as days, count(*) as waits,
    count(*) filter (where chases > 0) as chased, sum(chases) as reminders,
    count(*) filter (where overdue_since is not null) as overdue
from waits
where waiting_on not in ('caseworker', 'supervisor') and ($1::text[] is null or area = any($1))
    and split_part(key, ':', 1) = any($2)
group by 1, 2
"""

_QUESTIONS = [kind.value for kind in ANSWERS]
_ANSWERED_BY = [f"{kind.value} {event.name}" for kind in ANSWERS for event in answers_to(kind)]


class ReportQueries:
    """Reports on a period, for `areas` (None: all)."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_durations(self, period: Period, *, areas: Sequence[str] | None) -> tuple[StepDuration, ...]:
        """How long cases were at each step, and each stage, that they left in `period`."""
        rows = await self._pool.fetch(_DURATIONS, *period.moments, areas, timeout=TIMEOUT)
        counts: dict[tuple[str, str, str | None], list[tuple[int, int]]] = defaultdict(list)
        for area, row in with_all_areas((row["area"], row) for row in rows):
            counts[area, row["stage"], row["step"]].append((row["days"], row["cases"]))
        lines = []
        for area, stage, step in sorted(counts, key=_process_order):
            days = DayCounts.of(counts[area, stage, step])
            lines.append(StepDuration(area, stage, step, days.count, days.median, days.p90))
        return tuple(lines)

    async def list_outcomes(self, period: Period, *, areas: Sequence[str] | None) -> tuple[RequestOutcome, ...]:
        """How the requests ended that did so in `period`, the most frequent way first."""
        counts: Counter[tuple[str, str, str | None, str | None]] = Counter()
        for area, row in with_all_areas((row["area"], row) for row in await self.count_outcomes(period, areas=areas)):
            counts[area, row["outcome"], row["reason"], row["form"]] += row["cases"]
        lines = (RequestOutcome(*way, cases) for way, cases in counts.most_common())
        return tuple(sorted(lines, key=lambda line: line.area))

    async def count_outcomes(self, period: Period, *, areas: Sequence[str] | None) -> list[asyncpg.Record]:
        """How many requests of each area ended in each way: `area`, `outcome`, `reason`, `form` and `cases`."""
        ended = await self._pool.fetch(_ENDED, period.first, period.last, areas, timeout=TIMEOUT)
        refused = await self._pool.fetch(_REFUSED, *period.moments, areas, timeout=TIMEOUT)
        return [*ended, *refused]

    async def list_agency_answers(self, period: Period, *, areas: Sequence[str] | None) -> tuple[AgencyAnswers, ...]:
        """How each agency answers the questions that were over in `period` or are open now."""
        over = await self._pool.fetch(
            _WAITS_OVER, *period.moments, areas, _QUESTIONS, _ANSWERED_BY, PutOnHold.name, timeout=TIMEOUT
        )
        still_open = await self._pool.fetch(_WAITS_OPEN, areas, _QUESTIONS, timeout=TIMEOUT)
        rows: dict[tuple[str, str], list[asyncpg.Record]] = defaultdict(list)
        for area, row in with_all_areas((row["area"], row) for row in (*over, *still_open)):
            rows[area, row["agency"]].append(row)
        return tuple(_agency_answers(area, agency, rows[area, agency]) for area, agency in sorted(rows))


def _process_order(line: tuple[str, str, str | None]) -> tuple[str, int, int]:
    """By area, then as the process goes, the whole of a stage before its steps."""
    area, stage, step = line
    return (area, list(Stage).index(Stage(stage)), -1 if step is None else list(Step).index(Step(step)))


def _agency_answers(area: str, agency: str, rows: Sequence[asyncpg.Record]) -> AgencyAnswers:
    waits: Counter[str] = Counter()
    for row in rows:
        waits[row["result"]] += row["waits"]
    days = DayCounts.of((row["days"], row["waits"]) for row in rows if row["result"] == "answered")
    return AgencyAnswers(
        area=area,
        agency=agency,
        asked=waits.total(),
        answered=waits["answered"],
        unanswered=waits["unanswered"],
        open=waits["open"],
        median_days=days.median,
        p90_days=days.p90,
        chased=sum(row["chased"] for row in rows),
        reminders=sum(row["reminders"] for row in rows),
        overdue=sum(row["overdue"] for row in rows),
    )
