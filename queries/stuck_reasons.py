"""Why each of some cases is stuck: since when, in plain sentences, who can act and what they can do."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

import asyncpg

from domain.calendar import CALENDARS, ENGLAND_AND_WALES_2028
from domain.days import to_london_day
from domain.staff_explanation import describe_options
from domain.vocabulary import CaseRef, WaitKey
from domain.wording.asks import describe_failing, describe_outcome, next_action
from domain.wording.findings import OPERATORS, describe_finding
from domain.wording.inbox import describe_error
from domain.wording.refused_messages import describe_refused_message, suggest_resolution
from domain.wording.stuck import (
    ASSIGN,
    DIRECTORY,
    STAFF,
    describe_long_standing,
    describe_overdue,
    describe_unassigned,
    describe_undelivered,
    describe_wait,
    name_who_can_act,
    suggest_redelivery,
)
from queries.stuck_kinds import (
    DEAD_LETTERED,
    HARM_ORDER,
    OWNER_OF_REFUSED,
    UNDELIVERED_ASKS_SQL,
    WAITS_OF_KIND_SQL,
    StuckKind,
)


@dataclass(frozen=True, slots=True)
class StuckReason:
    """One reason why a case is stuck; `facts` are the codes, dates and counts that `why` says in words.

    `since` is real time. Of an overdue wait it is the day on which it ran out, and of an unassigned case when it was
    last assigned, both in the case's time.
    """

    kind: StuckKind
    since: datetime
    why: str
    who: str
    can_do: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case that may be stuck. `unassigned` is a code for why nobody can work on it; None: somebody can."""

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
    unassigned: str | None


@dataclass(frozen=True, slots=True)
class StuckFacts:
    """A case with the facts of each kind: a row each as in `STUCK_FACTS`, without the reference."""

    case: CaseRow
    waits: Sequence[tuple[Any, ...]]
    refused: Sequence[tuple[Any, ...]]
    overdue: Sequence[tuple[Any, ...]]
    long_standing: Sequence[tuple[Any, ...]]
    failing: Sequence[tuple[Any, ...]]
    undelivered: Sequence[tuple[Any, ...]]
    findings: Sequence[tuple[Any, ...]]


_KIND_OF_WAIT = "case {whens} end".format(
    whens=" ".join(f"when {condition} then '{kind}'" for kind, condition in WAITS_OF_KIND_SQL.items())
)

# One row: the cases, and the facts of each kind for any of them, each read from an index.
STUCK_FACTS = f"""
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
        select (waits.ref, {_KIND_OF_WAIT}, key, waiting_on, since, due_on) from waits
        where waits.ref = any($1) and {_KIND_OF_WAIT} is not null
        order by since, key
    ) as waits,
    array(
        select (refused_messages.ref, inbox, event, inbox.source, code, waiting_on, due_on, stored_at)
        from refused_messages join inbox on inbox.id = refused_messages.inbox
        where refused_messages.ref = any($1) and refused_messages.resolved_at is null
        order by stored_at, inbox
    ) as refused,
    array(
        select (waits.ref, key, waiting_on, since, due_on, chases, overdue_since) from waits
        where waits.ref = any($1) and overdue_since is not null
        order by overdue_since, due_on, key
    ) as overdue,
    array(
        select (waits.ref, key, waiting_on, since, due_on) from waits
        where waits.ref = any($1) and waits.since < $2
        order by since, key
    ) as long_standing,
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
    ) as findings
"""  # noqa: S608 - the conditions of each kind


def facts_by_ref(row: asyncpg.Record) -> Mapping[str, StuckFacts]:
    """The facts of each case in the row that `STUCK_FACTS` gives."""
    kinds: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
    for name in ("waits", "refused", "overdue", "long_standing", "failing", "undelivered", "findings"):
        kinds[name] = defaultdict(list)
        for ref, *values in row[name]:
            kinds[name][ref].append(tuple(values))
    cases = (CaseRow(*case) for case in row["cases"])
    return {case.ref: StuckFacts(case, **{name: rows[case.ref] for name, rows in kinds.items()}) for case in cases}


def explain_stuck(facts: StuckFacts, today: date) -> tuple[StuckReason, ...]:
    """Every reason why a case is stuck on `today` of the case's time, the most harmful first."""
    reasons = [
        *_wait_reasons(facts),
        *_refused_reasons(facts),
        *_overdue_reasons(facts, today),
        *_unreachable_reasons(facts),
        *(undelivered_reason("the case", *message) for message in facts.undelivered),
        *(finding_reason(*finding) for finding in facts.findings),
        *_long_standing_reasons(facts, today),
    ]
    case = facts.case
    if case.unassigned is not None:
        assigned_on = to_london_day(case.assigned_since)
        reasons.append(
            StuckReason(
                StuckKind.UNASSIGNED,
                case.assigned_since,
                describe_unassigned(case.unassigned, case.assigned_to, case.area, assigned_on),
                "a supervisor",
                ASSIGN,
                {"assigned_to": case.assigned_to, "assignment": case.unassigned},
            )
        )
    return tuple(sorted(reasons, key=lambda reason: (HARM_ORDER[reason.kind], reason.since)))


def _wait_reasons(facts: StuckFacts) -> Iterator[StuckReason]:
    for kind, key, waiting_on, since, due_on in facts.waits:
        yield StuckReason(
            StuckKind(kind),
            since,
            describe_wait(WaitKey(key), to_london_day(since), due_on),
            name_who_can_act(waiting_on, WaitKey(key)),
            describe_options(WaitKey(key)),
            {"wait": key, "waiting_on": waiting_on, "due_on": due_on},
        )


def _long_standing_reasons(facts: StuckFacts, today: date) -> Iterator[StuckReason]:
    for key, waiting_on, since, due_on in facts.long_standing:
        weeks = (today - to_london_day(since)).days // 7
        yield StuckReason(
            StuckKind.LONG_STANDING,
            since,
            describe_long_standing(WaitKey(key), to_london_day(since), weeks, due_on),
            name_who_can_act(waiting_on, WaitKey(key)),
            describe_options(WaitKey(key)),
            {"wait": key, "waiting_on": waiting_on, "due_on": due_on, "weeks": weeks},
        )


def _refused_reasons(facts: StuckFacts) -> Iterator[StuckReason]:
    kinds = {owner: kind for kind, owner in OWNER_OF_REFUSED.items()}
    for inbox, event, source, code, waiting_on, due_on, stored_at in facts.refused:
        yield StuckReason(
            kinds[waiting_on],
            stored_at,
            describe_refused_message(source, event, code, to_london_day(stored_at), due_on),
            name_who_can_act(waiting_on),
            suggest_resolution(inbox),
            {"inbox": inbox, "source": source, "event": event, "reason": code, "due_on": due_on},
        )


def _overdue_reasons(facts: StuckFacts, today: date) -> Iterator[StuckReason]:
    calendar = CALENDARS.get(facts.case.calendar, ENGLAND_AND_WALES_2028)
    for key, waiting_on, since, due_on, chases, overdue_since in facts.overdue:
        over = calendar.working_days_between(due_on, today)
        yield StuckReason(
            StuckKind.OVERDUE,
            datetime.combine(overdue_since, time.min, UTC),
            describe_overdue(WaitKey(key), to_london_day(since), due_on, over, chases),
            name_who_can_act(waiting_on, WaitKey(key)),
            describe_options(WaitKey(key)),
            {"wait": key, "waiting_on": waiting_on, "due_on": due_on, "working_days_over": over, "chases": chases},
        )


def _unreachable_reasons(facts: StuckFacts) -> Iterator[StuckReason]:
    for kind, agency, attempts, outcome, error, since, next_try_at in facts.failing:
        yield StuckReason(
            StuckKind.AGENCY_UNREACHABLE,
            since,
            describe_failing(
                kind, agency, attempts, since, describe_outcome(kind, agency, outcome, error, next_try_at)
            ),
            DIRECTORY if outcome == "failed" else f"{DIRECTORY}, then {STAFF}",
            next_action(kind, outcome, error),
            {
                "what": kind,
                "agency": agency,
                "attempts": attempts,
                "outcome": outcome,
                "error": error,
                "next_try_at": next_try_at,
            },
        )


def undelivered_reason(receiver: str, inbox: int, source: str, reason: str, since: datetime) -> StuckReason:
    """A message of the inbox could not be given to `receiver`."""
    return StuckReason(
        StuckKind.UNDELIVERED,
        since,
        describe_undelivered(receiver, source, since, describe_error(reason)),
        OPERATORS,
        suggest_redelivery(inbox),
        {"inbox": inbox, "source": source, "reason": reason},
    )


def finding_reason(kind: str, detail: str, since: datetime) -> StuckReason:
    """What a reconciliation found."""
    words = describe_finding(detail)
    return StuckReason(StuckKind(kind), since, words.why, words.who, words.can_do, {"detail": detail})
