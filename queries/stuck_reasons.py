"""Why each of some cases is stuck: since when, in plain sentences, who can act and what they can do."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

import asyncpg

from domain.calendar import CALENDARS, ENGLAND_AND_WALES_2028
from domain.days import day_in_words
from domain.findings import OPERATORS, told
from domain.staff_explaining import can_do, named, waited_for
from domain.steps import CASEWORKER, SUPERVISOR
from domain.vocabulary import CaseRef, WaitKey, is_agency
from queries.ask_wordings import happened, moment, to_do, what
from queries.inbox import meaning
from queries.stuck_kinds import PARKED, RANK, WANTED, StuckKind

DIRECTORY = "whoever keeps the directory of agencies"
STAFF = "the caseworker or a supervisor"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a case is stuck; `facts` are the codes, dates and counts that `why` says in words.

    `since` of an overdue wait is the day on which it ran out, in the case's time, and of nobody when it was so
    assigned; every other one is real time.
    """

    kind: StuckKind
    since: datetime
    why: str
    who: str
    can_do: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A case that may be stuck. `nobody` says why it is nobody's, as a code; None: it is somebody's."""

    ref: CaseRef
    version: int
    area: str
    stage: str
    step: str
    on_hold: bool
    assigned_to: str
    assigned_since: datetime
    received_at: datetime
    step_since: datetime
    victim_heard_on: date | None
    calendar: str
    nobody: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """A case with what there is of each kind, each as the statement has it, without the reference."""

    case: Row
    overdue: Sequence[tuple[Any, ...]]
    failing: Sequence[tuple[Any, ...]]
    parked: Sequence[tuple[Any, ...]]
    found: Sequence[tuple[Any, ...]]


# One row: the cases, and what there is of each kind for any of them, each read by one look into an index.
_REASONS = f"""
select
    array(
        select (
            cases.ref, version, area, stage::text, step::text, on_hold, assigned_to, assigned_since, received_at,
            step_since, victim_heard_on, calendar,
            case
                when ended_on is not null then null
                when assigned_to = '' then 'nobody'
                when staff.id is null then 'unknown'
                when not active then 'inactive'
                when not roles && array['caseworker', 'supervisor'] then 'other_work'
                when not (areas is null or area = any(areas)) then 'other_areas'
            end
        )
        from cases left join staff on staff.id = assigned_to where cases.ref = any($1::text[])
    ) as cases,
    array(
        select (waits.ref, key, waiting_on, since, due_on, chases, overdue_since) from waits
        where waits.ref = any($1) and overdue_since is not null
        order by overdue_since, due_on, key
    ) as overdue,
    array(
        select (failing.ref, kind, agency, attempts, outcome, error, failing_since, next_try_at) from asks as failing
        where failing.ref = any($1) and {WANTED.format(ask="failing")}
        order by failing_since, key
    ) as failing,
    array(
        select (inbox.ref, id, source, parked_reason, received_at) from inbox
        where inbox.ref = any($1) and {PARKED}
        order by received_at, id
    ) as parked,
    array(
        select (findings.ref, kind, detail, since) from findings where findings.ref = any($1) order by since
    ) as found
"""  # noqa: S608 - the conditions of each kind


async def read_reasons(pool: asyncpg.Pool, refs: Sequence[str]) -> Mapping[str, Known]:
    """The cases `refs`, with what each is stuck by."""
    row = await pool.fetchrow(_REASONS, list(refs))
    assert row is not None, "the select has one row"
    overdue, failing, parked, found = (_by_ref(row[name]) for name in ("overdue", "failing", "parked", "found"))
    cases = (Row(*case) for case in row["cases"])
    return {
        case.ref: Known(case, overdue[case.ref], failing[case.ref], parked[case.ref], found[case.ref]) for case in cases
    }


def _by_ref(rows: Sequence[tuple[Any, ...]]) -> Mapping[str, Sequence[tuple[Any, ...]]]:
    each: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for ref, *rest in rows:
        each[ref].append(tuple(rest))
    return each


def reasons_of(known: Known, today: date) -> tuple[Reason, ...]:
    """Every reason why a case is stuck on `today` of the case's time, the most harmful first."""
    found = [*_overdue(known, today), *_failing(known), *_parked(known), *_found(known), *_nobody(known.case)]
    return tuple(sorted(found, key=lambda reason: (RANK[reason.kind], reason.since)))


def _overdue(known: Known, today: date) -> Iterator[Reason]:
    calendar = CALENDARS.get(known.case.calendar, ENGLAND_AND_WALES_2028)
    for key, on, since, due_on, chases, overdue_since in known.overdue:
        over = calendar.working_days_between(due_on, today)
        yield Reason(
            StuckKind.OVERDUE,
            datetime.combine(overdue_since, time.min, UTC),
            f"Waits for {waited_for(WaitKey(key))}, on {named(on)}, since {day_in_words(since.date())}. "
            f"It was due on {day_in_words(due_on)}: {_counted(over, 'working day')} over. {_chased(chases)}",
            _who(on),
            can_do(WaitKey(key)),
            {"wait": key, "waiting_on": on, "due_on": due_on, "working_days_over": over, "chases": chases},
        )


def _who(on: str) -> str:
    if is_agency(on):
        return f"{named(on)}, staff on its behalf, or a supervisor"
    return {CASEWORKER: STAFF, SUPERVISOR: "a supervisor"}.get(on, named(on))


def _failing(known: Known) -> Iterator[Reason]:
    for kind, agency, attempts, outcome, error, since, next_try_at in known.failing:
        yield Reason(
            StuckKind.AGENCY_UNREACHABLE,
            since,
            f"{what(kind, agency)} does not arrive: {_counted(attempts, 'attempt')} since {moment(since)}. "
            f"{happened(kind, agency, outcome, error, next_try_at)}",
            DIRECTORY if outcome == "failed" else f"{DIRECTORY}, then {STAFF}",
            to_do(kind, outcome, error),
            {
                "what": kind,
                "agency": agency,
                "attempts": attempts,
                "outcome": outcome,
                "error": error,
                "next_try_at": next_try_at,
            },
        )


def _parked(known: Known) -> Iterator[Reason]:
    for id_, source, reason, since in known.parked:
        yield parked(id_, source, reason, since, "the case")


def parked(inbox: int, source: str, reason: str, since: datetime, whom: str) -> Reason:
    """That a message of the inbox could not be given to `whom`."""
    return Reason(
        StuckKind.UNDELIVERED,
        since,
        f"A message from {source}, received on {day_in_words(since.date())}, could not be given to {whom}: "
        f"{meaning(reason)}.",
        OPERATORS,
        f"Once the cause is mended, have it delivered again (rj inbox retry {inbox}); "
        f"or record by hand what it says, and settle it (rj inbox settle {inbox}).",
        {"inbox": inbox, "source": source, "reason": reason},
    )


def _found(known: Known) -> Iterator[Reason]:
    for kind, detail, since in known.found:
        yield found(kind, detail, since)


def found(kind: str, detail: str, since: datetime) -> Reason:
    """What a reconciliation found."""
    words = told(detail)
    return Reason(StuckKind(kind), since, words.why, words.who, words.can_do, {"detail": detail})


_NOBODY = {
    "nobody": "Nobody is assigned to it",
    "unknown": "It is assigned to {who}, who is not in the register of staff",
    "inactive": "It is assigned to {who}, who does not work here any more",
    "other_work": "It is assigned to {who}, who does no casework",
    "other_areas": "It is assigned to {who}, who has no access to the cases of {area}",
}


def _nobody(case: Row) -> Iterator[Reason]:
    if case.nobody is None:
        return
    why, since = (
        _NOBODY[case.nobody].format(who=case.assigned_to, area=case.area),
        day_in_words(case.assigned_since.date()),
    )
    yield Reason(
        StuckKind.NOBODY,
        case.assigned_since,
        f"{why}. It has been so assigned since {since}." if case.assigned_to else f"{why} since {since}.",
        "a supervisor",
        "A supervisor gives it to somebody who works in the area (reassigned).",
        {"assigned_to": case.assigned_to, "standing": case.nobody},
    )


def _chased(chases: int) -> str:
    return f"Reminded {_counted(chases, 'time')}." if chases else "Not reminded."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
