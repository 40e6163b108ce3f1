"""Why each of some cases is stuck: since when, in plain sentences, who can act and what they can do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import asyncpg

from domain.calendar import CALENDARS, ENGLAND_AND_WALES_2028
from domain.days import day_in_words
from domain.findings import OPERATORS, told
from domain.staff_explaining import can_do, named, waited_for
from domain.steps import CASEWORKER, SUPERVISOR
from domain.vocabulary import WaitKey, is_agency
from readmodel.ask_wordings import happened, moment, to_do, what
from readmodel.inbox import meaning
from readmodel.stuck_kinds import PARKED, RANK, WANTED, StuckKind

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


# For each case, what there is of each kind; nearly always nothing but the one that the case is listed for.
_REASONS = f"""
select cases.ref, cases.version, cases.area, cases.stage, cases.step, cases.on_hold, cases.assigned_to,
    cases.assigned_since, cases.received_at, cases.step_since, cases.victim_heard_on, cases.calendar, cases.ended_on,
    array(
        select (key, waits.waiting_on, since, waits.due_on, chases, waits.overdue_since) from waits
        where waits.ref = cases.ref and waits.overdue_since is not null
        order by waits.overdue_since, waits.due_on, key
    ) as overdue,
    array(
        select (kind, agency, attempts, outcome, error, failing_since, next_try_at) from asks as failing
        where failing.ref = cases.ref and {WANTED.format(ask="failing")}
        order by failing_since, key
    ) as failing,
    array(
        select (id, source, parked_reason, inbox.received_at) from inbox
        where inbox.ref = cases.ref and {PARKED}
        order by inbox.received_at, id
    ) as parked,
    array(
        select (kind, detail, since) from findings where findings.ref = cases.ref order by since
    ) as found,
    case
        when cases.ended_on is not null then null
        when cases.assigned_to = '' then 'nobody'
        when staff.id is null then 'unknown'
        when not staff.active then 'inactive'
        when not staff.roles && array['caseworker', 'supervisor'] then 'other_work'
        when not (staff.areas is null or cases.area = any(staff.areas)) then 'other_areas'
    end as nobody
from unnest($1::text[]) as wanted (ref)
join cases on cases.ref = wanted.ref
left join staff on staff.id = cases.assigned_to
"""  # noqa: S608 - the conditions of each kind


async def read_reasons(pool: asyncpg.Pool, refs: Sequence[str]) -> Mapping[str, asyncpg.Record]:
    """The rows of the cases `refs`, with what each is stuck by."""
    return {row["ref"]: row for row in await pool.fetch(_REASONS, list(refs))}


def reasons_of(row: asyncpg.Record, today: date) -> tuple[Reason, ...]:
    """Every reason why the case of `row` is stuck on `today` of the case's time, the most harmful first."""
    found = [*_overdue(row, today), *_failing(row), *_parked(row), *_found(row), *_nobody(row)]
    return tuple(sorted(found, key=lambda reason: (RANK[reason.kind], reason.since)))


def _overdue(row: asyncpg.Record, today: date) -> Iterator[Reason]:
    calendar = CALENDARS.get(row["calendar"], ENGLAND_AND_WALES_2028)
    for key, on, since, due_on, chases, overdue_since in row["overdue"]:
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


def _failing(row: asyncpg.Record) -> Iterator[Reason]:
    for kind, agency, attempts, outcome, error, since, next_try_at in row["failing"]:
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


def _parked(row: asyncpg.Record) -> Iterator[Reason]:
    for id_, source, reason, since in row["parked"]:
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


def _found(row: asyncpg.Record) -> Iterator[Reason]:
    for kind, detail, since in row["found"]:
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


def _nobody(row: asyncpg.Record) -> Iterator[Reason]:
    if row["nobody"] is None:
        return
    why = _NOBODY[row["nobody"]].format(who=row["assigned_to"], area=row["area"])
    yield Reason(
        StuckKind.NOBODY,
        row["assigned_since"],
        f"{why}. It has been so assigned since {day_in_words(row['assigned_since'].date())}."
        if row["assigned_to"]
        else f"{why} since {day_in_words(row['assigned_since'].date())}.",
        "a supervisor",
        "A supervisor gives it to somebody who works in the area (reassigned).",
        {"assigned_to": row["assigned_to"], "standing": row["nobody"]},
    )


def _chased(chases: int) -> str:
    return f"Reminded {_counted(chases, 'time')}." if chases else "Not reminded."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
