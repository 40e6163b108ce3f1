"""Why each of some cases is stuck: since when, in plain sentences, who can act and what they can do."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

import asyncpg

from domain.calendar import CALENDARS, ENGLAND_AND_WALES_2028
from domain.days import format_day
from domain.findings import OPERATORS, describe_finding
from domain.staff_explanation import can_do, named, waited_for
from domain.steps import CASEWORKER, SUPERVISOR
from domain.vocabulary import CaseRef, WaitKey, is_agency
from queries.ask_wordings import happened, moment, to_do, what
from queries.inbox import describe_error
from queries.stuck_kinds import DEAD_LETTERED, HARM_ORDER, UNDELIVERED_ASKS_SQL, StuckKind

DIRECTORY = "whoever keeps the directory of agencies"
STAFF = "the caseworker or a supervisor"


@dataclass(frozen=True, slots=True)
class StuckReason:
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
class CaseRow:
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
    victim_updated_on: date | None
    calendar: str
    nobody: str | None


@dataclass(frozen=True, slots=True)
class StuckFacts:
    """A case with what there is of each kind, each as the statement has it, without the reference."""

    case: CaseRow
    overdue: Sequence[tuple[Any, ...]]
    failing: Sequence[tuple[Any, ...]]
    undelivered: Sequence[tuple[Any, ...]]
    found: Sequence[tuple[Any, ...]]


# One row: the cases, and what there is of each kind for any of them, each read by one look into an index.
_REASONS = f"""
select
    array(
        select (
            cases.ref, version, area, stage::text, step::text, on_hold, assigned_to, assigned_since, received_at,
            step_since, victim_updated_on, calendar,
            case
                when ended_on is not null then null
                when assigned_to = '' then 'unassigned'
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
        where failing.ref = any($1) and {UNDELIVERED_ASKS_SQL.format(ask="failing")}
        order by failing_since, key
    ) as failing,
    array(
        select (inbox.ref, id, source, dead_letter_reason, received_at) from inbox
        where inbox.ref = any($1) and {DEAD_LETTERED}
        order by received_at, id
    ) as undelivered,
    array(
        select (findings.ref, kind, detail, since) from findings where findings.ref = any($1) order by since
    ) as found
"""  # noqa: S608 - the conditions of each kind


async def read_facts(pool: asyncpg.Pool, refs: Sequence[str]) -> Mapping[str, StuckFacts]:
    """The cases `refs`, with what each is stuck by."""
    row = await pool.fetchrow(_REASONS, list(refs))
    assert row is not None, "the select has one row"
    overdue, failing, undelivered, found = (
        _by_ref(row[name]) for name in ("overdue", "failing", "undelivered", "found")
    )
    cases = (CaseRow(*case) for case in row["cases"])
    return {
        case.ref: StuckFacts(case, overdue[case.ref], failing[case.ref], undelivered[case.ref], found[case.ref])
        for case in cases
    }


def _by_ref(rows: Sequence[tuple[Any, ...]]) -> Mapping[str, Sequence[tuple[Any, ...]]]:
    each: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for ref, *rest in rows:
        each[ref].append(tuple(rest))
    return each


def explain_stuck(known: StuckFacts, today: date) -> tuple[StuckReason, ...]:
    """Every reason why a case is stuck on `today` of the case's time, the most harmful first."""
    found = [*_overdue(known, today), *_failing(known), *_parked(known), *_found(known), *_nobody(known.case)]
    return tuple(sorted(found, key=lambda reason: (HARM_ORDER[reason.kind], reason.since)))


def _overdue(known: StuckFacts, today: date) -> Iterator[StuckReason]:
    calendar = CALENDARS.get(known.case.calendar, ENGLAND_AND_WALES_2028)
    for key, on, since, due_on, chases, overdue_since in known.overdue:
        over = calendar.working_days_between(due_on, today)
        yield StuckReason(
            StuckKind.OVERDUE,
            datetime.combine(overdue_since, time.min, UTC),
            f"Waits for {waited_for(WaitKey(key))}, on {named(on)}, since {format_day(since.date())}. "
            f"It was due on {format_day(due_on)}: {_counted(over, 'working day')} over. {_chased(chases)}",
            _who(on),
            can_do(WaitKey(key)),
            {"wait": key, "waiting_on": on, "due_on": due_on, "working_days_over": over, "chases": chases},
        )


def _who(on: str) -> str:
    if is_agency(on):
        return f"{named(on)}, staff on its behalf, or a supervisor"
    return {CASEWORKER: STAFF, SUPERVISOR: "a supervisor"}.get(on, named(on))


def _failing(known: StuckFacts) -> Iterator[StuckReason]:
    for kind, agency, attempts, outcome, error, since, next_try_at in known.failing:
        yield StuckReason(
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


def _parked(known: StuckFacts) -> Iterator[StuckReason]:
    for id_, source, reason, since in known.undelivered:
        yield undelivered_message(id_, source, reason, since, "the case")


def undelivered_message(inbox: int, source: str, reason: str, since: datetime, whom: str) -> StuckReason:
    """That a message of the inbox could not be given to `whom`."""
    return StuckReason(
        StuckKind.UNDELIVERED,
        since,
        f"A message from {source}, received on {format_day(since.date())}, could not be given to {whom}: "
        f"{describe_error(reason)}.",
        OPERATORS,
        f"Once the cause is mended, have it delivered again (rj inbox retry {inbox}); "
        f"or record by hand what it says, and settle it (rj inbox resolve {inbox}).",
        {"inbox": inbox, "source": source, "reason": reason},
    )


def _found(known: StuckFacts) -> Iterator[StuckReason]:
    for kind, detail, since in known.found:
        yield finding_reason(kind, detail, since)


def finding_reason(kind: str, detail: str, since: datetime) -> StuckReason:
    """What a reconciliation found."""
    words = describe_finding(detail)
    return StuckReason(StuckKind(kind), since, words.why, words.who, words.can_do, {"detail": detail})


_NOBODY = {
    "unassigned": "Nobody is assigned to it",
    "unknown": "It is assigned to {who}, who is not in the register of staff",
    "inactive": "It is assigned to {who}, who does not work here any more",
    "other_work": "It is assigned to {who}, who does no casework",
    "other_areas": "It is assigned to {who}, who has no access to the cases of {area}",
}


def _nobody(case: CaseRow) -> Iterator[StuckReason]:
    if case.nobody is None:
        return
    why, since = (
        _NOBODY[case.nobody].format(who=case.assigned_to, area=case.area),
        format_day(case.assigned_since.date()),
    )
    yield StuckReason(
        StuckKind.UNASSIGNED,
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
