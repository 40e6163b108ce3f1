"""What became of cases in a period: how long their steps took, and how requests ended. Days are calendar days in UTC.

Each report has lines for each area, and others with an empty area for all of these areas together.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from domain.vocabulary import Stage, Step
from queries.agency_report import AgencyAnswers, list_agency_answers
from queries.day_counts import DayCounts
from queries.periods import InvalidPeriod, Period, make_period, with_all_areas

__all__ = [
    "AgencyAnswers",
    "StepDuration",
    "RequestOutcome",
    "Period",
    "InvalidPeriod",
    "list_agency_answers",
    "list_durations",
    "list_outcomes",
    "make_period",
]

SECONDS_TO_READ = 120.0
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
    """How many requests ended in one way: `ended` is the stage at the end, or `refused` for what never became a case.

    `form` is how the two sides met; None where they did not.
    """

    area: str
    ended: str
    reason: str | None
    form: str | None
    cases: int


_DURATIONS = """
select area, stage, step, (until at time zone 'UTC')::date - (since at time zone 'UTC')::date as days, count(*) as cases
from stage_history
where until >= $1 and until < $2 and ($3::text[] is null or area = any($3))
group by 1, 2, 3, 4
"""

_ENDED = """
select area, stage as ended, reason, held_form as form, count(*) as cases
from cases
where ended_on between $1 and $2 and ($3::text[] is null or area = any($3))
group by 1, 2, 3, 4
"""

# Of what never became a case there is the request only; it was refused in real time.
_REFUSED = f"""
select area, '{REFUSED}' as ended, reason, null as form, count(*) as cases
from (
    select coalesce(body #>> '{{data,area}}', '') as area, reason from inbox
    where kind = 'request' and outcome = 'refused' and resolved_at >= $1 and resolved_at < $2
) as request
where $3::text[] is null or area = any($3)
group by 1, 3
"""  # noqa: S608 - the word above


async def list_durations(
    pool: asyncpg.Pool, period: Period, *, areas: Sequence[str] | None
) -> tuple[StepDuration, ...]:
    """How long cases of `areas` (None: all) were at each step, and each stage, that they left in `period`."""
    rows = await pool.fetch(_DURATIONS, *period.moments, _any(areas), timeout=SECONDS_TO_READ)
    counted: dict[tuple[str, str, str | None], list[tuple[int, int]]] = defaultdict(list)
    for area, row in with_all_areas((row["area"], row) for row in rows):
        counted[area, row["stage"], row["step"]].append((row["days"], row["cases"]))
    return tuple(_duration(*place, DayCounts.of(counted[place])) for place in sorted(counted, key=_in_order))


async def list_outcomes(
    pool: asyncpg.Pool, period: Period, *, areas: Sequence[str] | None
) -> tuple[RequestOutcome, ...]:
    """How the requests of `areas` (None: all) ended that did so in `period`, the most frequent way first."""
    ended = await pool.fetch(_ENDED, period.first, period.last, _any(areas), timeout=SECONDS_TO_READ)
    refused = await pool.fetch(_REFUSED, *period.moments, _any(areas), timeout=SECONDS_TO_READ)
    counted: Counter[tuple[str, str, str | None, str | None]] = Counter()
    for area, row in with_all_areas((row["area"], row) for row in (*ended, *refused)):
        counted[area, row["ended"], row["reason"], row["form"]] += row["cases"]
    lines = (RequestOutcome(*way, cases) for way, cases in counted.most_common())
    return tuple(sorted(lines, key=lambda line: line.area))


def _duration(area: str, stage: str, step: str | None, days: DayCounts) -> StepDuration:
    return StepDuration(area, stage, step, days.count, days.median, days.p90)


def _in_order(place: tuple[str, str, str | None]) -> tuple[str, int, int]:
    """By area, then as the process goes, the whole of a stage before its steps."""
    area, stage, step = place
    return (area, list(Stage).index(Stage(stage)), -1 if step is None else list(Step).index(Step(step)))


def _any(areas: Sequence[str] | None) -> list[str] | None:
    return None if areas is None else list(areas)
