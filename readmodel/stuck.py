"""What a supervisor must look at: overdue cases, asks that reach nobody, messages that reach no case; with why."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from domain.calendar import CALENDARS, ENGLAND_AND_WALES_2028, Calendar
from domain.days import day_in_words
from domain.staff_explaining import named, waited_for
from domain.vocabulary import CaseRef, WaitKey
from readmodel.ask_wordings import moment, standing, what

# A case stands where its longest overdue wait does: the index gives those in order, and only the wanted are read.
_OVERDUE_CASES = """
select waits.ref, cases.area, stage, step, assigned_to, victim_heard_on,
    state #>> '{rules,calendar}' as calendar
from waits join cases using (ref)
where waits.overdue_since is not null and ($1::text is null or waits.area = $1)
    and waits.key = (
        select longest.key from waits as longest
        where longest.ref = waits.ref and longest.overdue_since is not null
        order by longest.due_on, longest.key limit 1
    )
order by waits.due_on, waits.ref
limit $2
"""

_OVERDUE_WAITS = """
select ref, key, waiting_on, since, due_on, chases
from waits where ref = any($1) and overdue_since is not null
order by due_on, key
"""

# An ask that fails is wanted as long as its wait runs (its key ends in the wait's), it was not called back, and it was
# not sent anew under a later key (whose second part is the case's version). One that fails for good is a technical
# problem, which the case waits to have settled; beside that nothing else about the wait is tried. The word that an ask
# is over is wanted as long as it is tried.
_FAILING = """
select key, ref, kind, agency, attempts, outcome, error, failing_since, next_try_at
from (
    select *, split_part(key, '.reminder-', 1) as ask, split_part(key, '.', 2)::integer as version,
        split_part(split_part(key, '.reminder-', 1), '.', 3) as wait
    from asks
) as failing
where failing_since is not null and ($1::text is null or area = $1)
    and case
        when kind = 'ask_called_back' then outcome = 'failed'
        else exists (select from waits where waits.ref = failing.ref and waits.key = failing.wait)
            and (outcome = 'failed') <> exists (
                select from waits where waits.ref = failing.ref and waits.key = 'technical_problem:' || failing.wait
            )
            and not exists (select from asks as back where back.calls_back = failing.ask)
            and not exists (
                select from asks as later
                where later.ref = failing.ref and later.kind <> 'ask_called_back'
                    and split_part(split_part(later.key, '.reminder-', 1), '.', 3) = failing.wait
                    and split_part(later.key, '.', 2)::integer > failing.version
            )
    end
order by failing_since, key
limit $2
"""

_PARKED = """
select inbox.id, source, message_id, inbox.ref, kind, parked_reason as reason, inbox.received_at
from inbox left join cases using (ref)
where parked_reason is not null and outcome is null and ($1::text is null or area = $1)
order by inbox.id
limit $2
"""


@dataclass(frozen=True, slots=True)
class OverdueWait:
    """A wait that ran out; `working_days_over` counts those after `due_on`, today too."""

    key: WaitKey
    waiting_on: str
    since: datetime
    due_on: date
    working_days_over: int
    chases: int

    @property
    def why(self) -> str:
        """The wait in words."""
        since, due = day_in_words(self.since.date()), day_in_words(self.due_on)
        return (
            f"Waits for {waited_for(self.key)}, on {named(self.waiting_on)}, since {since}. "
            f"It was due on {due}: {_counted(self.working_days_over, 'working day')} over. {_chased(self.chases)}"
        )


@dataclass(frozen=True, slots=True)
class OverdueCase:
    """A case with every wait of it that ran out, the longest first; `victim_heard_on` is the last contact."""

    ref: CaseRef
    area: str
    stage: str
    step: str
    assigned_to: str
    victim_heard_on: date | None
    waits: tuple[OverdueWait, ...]

    @property
    def why(self) -> str:
        """Why the case stands still, and when the victim last heard."""
        heard = self.victim_heard_on
        contact = f"The victim last heard on {day_in_words(heard)}." if heard else "The victim has not heard yet."
        return " ".join((*(wait.why for wait in self.waits), contact))


@dataclass(frozen=True, slots=True)
class FailingAsk:
    """Something that does not reach an agency; `outcome` is `failed`, `refused` or `no_agency`, times are real time."""

    key: str
    ref: CaseRef
    kind: str
    agency: str
    attempts: int
    outcome: str
    error: str
    failing_since: datetime
    next_try_at: datetime | None

    @property
    def why(self) -> str:
        """What fails, how often and since when, when it is tried next, and what can be done."""
        tried = f"{_counted(self.attempts, 'attempt')} since {moment(self.failing_since)}"
        how = standing(self.kind, self.agency, self.outcome, self.error, self.next_try_at)
        return f"{what(self.kind, self.agency)} does not arrive: {tried}. {how}"


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message that could not be given to its case, and is left for a person to look at."""

    id: int
    source: str
    message_id: str
    ref: CaseRef
    kind: str
    reason: str
    received_at: datetime

    @property
    def why(self) -> str:
        """What is left lying, and why."""
        when = day_in_words(self.received_at.date())
        return f"A message from {self.source}, received on {when}, could not be given to the case: {self.reason}."


async def overdue_cases(
    pool: asyncpg.Pool, today: date, *, area: str | None = None, limit: int = 100
) -> tuple[OverdueCase, ...]:
    """Up to `limit` cases that wait too long, the longest first. `today` is a day of the cases' time."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        cases = await connection.fetch(_OVERDUE_CASES, area, limit)
        rows = await connection.fetch(_OVERDUE_WAITS, [case["ref"] for case in cases])
    waits: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        waits[row["ref"]].append(row)
    return tuple(_overdue_case(case, waits[case["ref"]], today) for case in cases)


async def failing_asks(pool: asyncpg.Pool, *, area: str | None = None, limit: int = 100) -> tuple[FailingAsk, ...]:
    """Up to `limit` asks that are wanted and reach nobody, the longest first."""
    return tuple(FailingAsk(**row) for row in await pool.fetch(_FAILING, area, limit))


async def parked_messages(
    pool: asyncpg.Pool, *, area: str | None = None, limit: int = 100
) -> tuple[ParkedMessage, ...]:
    """Up to `limit` messages that were parked; one for no case at all belongs to no area."""
    return tuple(ParkedMessage(**row) for row in await pool.fetch(_PARKED, area, limit))


def _overdue_case(case: asyncpg.Record, waits: list[asyncpg.Record], today: date) -> OverdueCase:
    calendar = CALENDARS.get(case["calendar"] or "", ENGLAND_AND_WALES_2028)
    return OverdueCase(
        ref=CaseRef(case["ref"]),
        area=case["area"],
        stage=case["stage"],
        step=case["step"],
        assigned_to=case["assigned_to"],
        victim_heard_on=case["victim_heard_on"],
        waits=tuple(_overdue_wait(wait, today, calendar) for wait in waits),
    )


def _overdue_wait(wait: asyncpg.Record, today: date, calendar: Calendar) -> OverdueWait:
    return OverdueWait(
        key=WaitKey(wait["key"]),
        waiting_on=wait["waiting_on"],
        since=wait["since"],
        due_on=wait["due_on"],
        working_days_over=calendar.working_days_between(wait["due_on"], today),
        chases=wait["chases"],
    )


def _chased(chases: int) -> str:
    return f"Reminded {_counted(chases, 'time')}." if chases else "Not reminded."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
