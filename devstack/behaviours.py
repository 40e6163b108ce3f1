"""What an agency of a given temperament answers to an ask, and after how many case days. No clock and no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import assert_never

from devstack.scenarios import Manner, Temperament
from domain.reasons import Reason
from domain.vocabulary import AgencyKind, WaitKind, Whereabouts

PROMPT_DAYS = 1.5
REFUSES_FOR_DAYS = 3.0
TIME_ASKED_FOR = timedelta(days=14)
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
class Asked:
    """An ask as an agency got it; `times` counts how often it was asked this in this case, this time included."""

    kind: AgencyKind
    question: WaitKind
    due_on: date
    reminder: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """One webhook to come, in case days from the ask; `at_any_rate`: also where the ask is cancelled before."""

    after_days: float
    event: str
    data: Mapping[str, object] = field(default_factory=dict)
    note: str = ""
    copies: int = 1
    at_any_rate: bool = False


def replies(temperament: Temperament, asked: Asked) -> tuple[Reply, ...]:
    """Everything that the agency will send because of this ask, or of this reminder of one."""
    manner = temperament.manner
    if manner is Manner.SILENT or asked.question is temperament.silent_on:
        return ()
    if (manner is Manner.NEEDS_REMINDER) != (asked.reminder > 0):
        return ()
    answers = _answers(temperament, asked)
    if manner is Manner.LATE_TO_CLOSED:
        return (*answers, _late(temperament, answers[-1]))
    return answers


def refuses_for_days(temperament: Temperament) -> float:
    """For how many case days after the first ask of a case the agency cannot be reached."""
    if temperament.manner is not Manner.UNAVAILABLE:
        return 0
    return REFUSES_FOR_DAYS if temperament.after_days is None else temperament.after_days


def _late(temperament: Temperament, answer: Reply) -> Reply:
    days = LATE_DAYS if temperament.after_days is None else temperament.after_days
    return Reply(days, answer.event, answer.data, answer.note, at_any_rate=True)


def _answers(temperament: Temperament, asked: Asked) -> tuple[Reply, ...]:
    days, copies = _days(temperament, asked), 2 if temperament.manner is Manner.SENDS_TWICE else 1
    if asked.question is WaitKind.OFFENDER_ANSWER and temperament.manner is Manner.NEEDS_TIME:
        return _after_thinking(days, asked)
    event, data = _answer(temperament, asked)
    note = "Two records could be meant." if data.get("answer") == "ambiguous" else ""
    return (Reply(days, event, data, note, copies),)


def _days(temperament: Temperament, asked: Asked) -> float:
    manner = temperament.manner
    if manner in (Manner.UNAVAILABLE, Manner.LATE_TO_CLOSED) or temperament.after_days is None:
        return SLOW_DAYS[asked.question] if manner is Manner.SLOW else PROMPT_DAYS
    return temperament.after_days


def _after_thinking(days: float, asked: Asked) -> tuple[Reply, ...]:
    until = asked.due_on + TIME_ASKED_FOR
    needs_time = {"answer": "needs_time", "until": until.isoformat()}
    return (
        Reply(days, "offender_answered", needs_time),
        Reply(days + OFFENDER_THINKS_DAYS, "offender_answered", {"answer": "willing"}),
    )


def _answer(temperament: Temperament, asked: Asked) -> tuple[str, dict[str, object]]:
    if temperament.manner is Manner.NOT_OURS and asked.question is not WaitKind.TRACE:
        return "ask_returned", {}
    match asked.question:
        case WaitKind.TRACE:
            return "trace_answered", _trace(temperament, asked.kind)
        case WaitKind.AGENCY_CHECK:
            return "agency_check_answered", _check(temperament, asked.times)
        case WaitKind.APPROACH:
            return "offender_approached", {}
        case WaitKind.OFFENDER_ANSWER:
            unwilling = temperament.manner is Manner.UNWILLING
            return "offender_answered", {"answer": "unwilling" if unwilling else "willing"}
        case WaitKind.ASSESSMENT:
            return "readiness_assessed", {**_assessment(temperament, asked.times), "whose": "offender"}
        case _:
            raise ValueError(f"no agency is asked for {asked.question}")


_NO_FIND: dict[Manner, str] = {
    Manner.UNCERTAIN: "ambiguous",
    Manner.RESTRICTED: "restricted",
    Manner.NOT_FOUND: "not_found",
    Manner.NOT_OURS: "not_ours",
    Manner.DECEASED: "deceased",
}


def _trace(temperament: Temperament, kind: AgencyKind) -> dict[str, object]:
    if temperament.manner in _NO_FIND:
        return {"answer": _NO_FIND[temperament.manner]}
    whereabouts = temperament.whereabouts or _where_found_by(kind)
    responsible = temperament.responsible_agency or _responsible(whereabouts, kind)
    found: dict[str, object] = {"answer": "found", "whereabouts": whereabouts.value}
    return found if responsible is None else {**found, "responsible_agency": responsible}


def _where_found_by(kind: AgencyKind) -> Whereabouts:
    return Whereabouts.CUSTODY if kind is AgencyKind.PRISON else Whereabouts.COMMUNITY_SUPERVISED


def _responsible(whereabouts: Whereabouts, kind: AgencyKind) -> str | None:
    """Who works with somebody found there; the restorative service itself where nobody else does."""
    match whereabouts:
        case Whereabouts.CUSTODY:
            return AgencyKind.PRISON.value
        case Whereabouts.COMMUNITY_SUPERVISED | Whereabouts.ON_BAIL:
            youth = kind is AgencyKind.YOUTH_OFFENDING_TEAM
            return kind.value if youth else AgencyKind.PROBATION.value
        case Whereabouts.UNSUPERVISED | Whereabouts.ABROAD:
            return None
        case _:
            assert_never(whereabouts)


_OBJECTS_UP_TO: dict[Manner, int] = {Manner.OBJECTING: 1, Manner.OBJECTING_TWICE: 2}


def _check(temperament: Temperament, times: int) -> dict[str, object]:
    if times > _OBJECTS_UP_TO.get(temperament.manner, 0):
        return {"answer": "no_objection"}
    return {"answer": "objection", "reason": temperament.reason or Reason.AGENCY_OBJECTS.value}


def _assessment(temperament: Temperament, times: int) -> dict[str, object]:
    match temperament.manner:
        case Manner.NOT_YET_THEN_READY if times == 1:
            return {"answer": "not_yet", "reason": temperament.reason or Reason.REMORSE_NOT_EVIDENT.value}
        case Manner.UNSUITABLE:
            return {"answer": "unsuitable", "reason": temperament.reason or Reason.DENIES_RESPONSIBILITY.value}
        case _:
            return {"answer": "ready"}
