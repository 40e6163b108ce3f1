"""What an agency of a given behaviour replies to an ask, and after how many case days. No clock and no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import assert_never

from devstack.scenarios import Behaviour, Manner
from devstack.waiting_clock import noon_of
from domain.agency_updates import UpdateKind
from domain.reasons import Reason
from domain.vocabulary import AgencyKind, WaitKind, Whereabouts

PROMPT_DAYS = 1.5
UNAVAILABLE_DAYS = 3.0
MORE_TIME = timedelta(days=14)
OFFENDER_THINKS_DAYS = 20.0
LATE_DAYS = 150.0

SLOW_DAYS: dict[WaitKind, float] = {
    WaitKind.TRACE: 16,
    WaitKind.AGENCY_CHECK: 31,
    WaitKind.APPROACH: 24,
    WaitKind.OFFENDER_ANSWER: 31,
    WaitKind.ASSESSMENT: 45,
}
"""Calendar days: a little more than an adult case's wait lasts until it is overdue."""


@dataclass(frozen=True, slots=True)
class ReceivedAsk:
    """An ask as an agency got it; `times` counts how often it was asked this in this case, this time included."""

    kind: AgencyKind
    question: WaitKind
    due_on: date
    reminder: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """One webhook to come, in case days from the ask; `even_if_cancelled`: also where the ask is cancelled before."""

    after_days: float
    event: str
    data: Mapping[str, object] = field(default_factory=dict)
    note: str = ""
    copies: int = 1
    even_if_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedUpdate:
    """One thing that an agency is told, with the day of the meeting that it is about; `times` as for an ask."""

    changed: UpdateKind
    day: date | None = None
    times: int = 1


def plan_statements(behaviour: Behaviour, update: ReceivedUpdate, now: datetime) -> tuple[Reply, ...]:
    """Everything that the agency will send because of this update, received at the case's time `now`."""
    replies = []
    for statement in behaviour.says:
        if statement.on is update.changed and update.times == 1:
            days = statement.after_days
            if update.day is not None and statement.days_before is not None:
                moment = noon_of(update.day - timedelta(days=statement.days_before))
                days = max(0.0, (moment - now) / timedelta(days=1))
            replies.append(Reply(days, statement.event, statement.data))
    return tuple(replies)


def plan_replies(behaviour: Behaviour, ask: ReceivedAsk) -> tuple[Reply, ...]:
    """Everything that the agency will send because of this ask, or of this reminder of one."""
    is_first = ask.times == 1 and ask.reminder == 0
    said = [statement for statement in behaviour.says if is_first and statement.on is ask.question]
    replies = tuple(Reply(statement.after_days, statement.event, statement.data) for statement in said)
    return replies if any(statement.instead for statement in said) else (*replies, *_plan_answers(behaviour, ask))


def _plan_answers(behaviour: Behaviour, ask: ReceivedAsk) -> tuple[Reply, ...]:
    manner = behaviour.manner
    if manner is Manner.SILENT or ask.question is behaviour.silent_on:
        return ()
    if (manner is Manner.NEEDS_REMINDER) != (ask.reminder > 0):
        return ()
    days = PROMPT_DAYS if behaviour.after_days is None else behaviour.after_days
    if manner is Manner.SLOW and behaviour.after_days is None:
        days = SLOW_DAYS[ask.question]
    if manner in (Manner.UNAVAILABLE, Manner.LATE_TO_CLOSED):
        # Their own days are those of being unavailable or late.
        days = PROMPT_DAYS
    if manner is Manner.NEEDS_TIME and ask.question is WaitKind.OFFENDER_ANSWER:
        needs_time = {"answer": "needs_time", "until": (ask.due_on + MORE_TIME).isoformat()}
        return (
            Reply(days, "offender_answered", needs_time),
            Reply(days + OFFENDER_THINKS_DAYS, "offender_answered", {"answer": "willing"}),
        )
    if manner is Manner.ASKS_BACK and ask.question is WaitKind.AGENCY_CHECK and ask.times == 1:
        return (Reply(days, "information_requested", note="Which prison number is meant?"),)
    event, data = _answer(behaviour, ask)
    note = "Two records could be meant." if data.get("answer") == "ambiguous" else ""
    reply = Reply(days, event, data, note, copies=2 if manner is Manner.SENDS_TWICE else 1)
    if manner is not Manner.LATE_TO_CLOSED:
        return (reply,)
    late_days = LATE_DAYS if behaviour.after_days is None else behaviour.after_days
    return reply, Reply(late_days, event, data, note, even_if_cancelled=True)


def unavailable_days(behaviour: Behaviour) -> float:
    """For how many case days after the first ask of a case the agency cannot be reached."""
    if behaviour.manner is not Manner.UNAVAILABLE:
        return 0
    return UNAVAILABLE_DAYS if behaviour.after_days is None else behaviour.after_days


_OBJECTIONS = {Manner.OBJECTING: 1, Manner.OBJECTING_TWICE: 2}
"""How often an agency objects to the same check."""


def _answer(behaviour: Behaviour, ask: ReceivedAsk) -> tuple[str, dict[str, object]]:
    if behaviour.manner is Manner.NOT_OURS and ask.question is not WaitKind.TRACE:
        return "ask_returned", {}
    match ask.question:
        case WaitKind.TRACE:
            return "trace_answered", _trace(behaviour, ask.kind)
        case WaitKind.AGENCY_CHECK:
            if ask.times > _OBJECTIONS.get(behaviour.manner, 0):
                return "agency_check_answered", {"answer": "no_objection"}
            reason = behaviour.reason or Reason.AGENCY_OBJECTS.value
            return "agency_check_answered", {"answer": "objection", "reason": reason}
        case WaitKind.APPROACH:
            return "offender_approached", {}
        case WaitKind.OFFENDER_ANSWER:
            is_unwilling = behaviour.manner is Manner.UNWILLING
            return "offender_answered", {"answer": "unwilling" if is_unwilling else "willing"}
        case WaitKind.ASSESSMENT:
            assessment = {"answer": "ready"}
            if behaviour.manner is Manner.NOT_YET_THEN_READY and ask.times == 1:
                assessment = {"answer": "not_yet", "reason": behaviour.reason or Reason.REMORSE_NOT_EVIDENT.value}
            elif behaviour.manner is Manner.UNSUITABLE:
                assessment = {"answer": "unsuitable", "reason": behaviour.reason or Reason.DENIES_RESPONSIBILITY.value}
            return "readiness_assessed", {**assessment, "whose": "offender"}
        case _:
            raise ValueError(f"no agency is asked for {ask.question}")


_NOT_FOUND_ANSWERS: dict[Manner, str] = {
    Manner.UNCERTAIN: "ambiguous",
    Manner.RESTRICTED: "restricted",
    Manner.NOT_FOUND: "not_found",
    Manner.NOT_OURS: "not_ours",
    Manner.DECEASED: "deceased",
}


def _trace(behaviour: Behaviour, kind: AgencyKind) -> dict[str, object]:
    if behaviour.manner in _NOT_FOUND_ANSWERS:
        return {"answer": _NOT_FOUND_ANSWERS[behaviour.manner]}
    usual = Whereabouts.CUSTODY if kind is AgencyKind.PRISON else Whereabouts.COMMUNITY_SUPERVISED
    whereabouts = behaviour.whereabouts or usual
    responsible: str | None = behaviour.responsible_agency
    if not responsible:
        match whereabouts:
            case Whereabouts.CUSTODY:
                responsible = AgencyKind.PRISON.value
            case Whereabouts.COMMUNITY_SUPERVISED | Whereabouts.ON_BAIL:
                is_youth = kind is AgencyKind.YOUTH_OFFENDING_TEAM
                responsible = kind.value if is_youth else AgencyKind.PROBATION.value
            case Whereabouts.HOSPITAL:
                responsible = AgencyKind.HOSPITAL.value
            case Whereabouts.IMMIGRATION_DETENTION:
                responsible = AgencyKind.IMMIGRATION.value
            case Whereabouts.UNSUPERVISED | Whereabouts.ABROAD:
                # The restorative service itself works with them.
                responsible = None
            case _:
                assert_never(whereabouts)
    found: dict[str, object] = {"answer": "found", "whereabouts": whereabouts.value}
    return found if responsible is None else {**found, "responsible_agency": responsible}
