"""Published cases as records: each life walks through the real process, which says what the life leaves out.

`walk` opens with the request made of a life's fields and follows its events on their days. What our process asks for
and the life does not tell (an earlier agency of the route that found nothing, a checker's answer, a specialist, a risk
review, a guardian's consent) is added, and listed by kind. The clock's own events are never among the records: the
replay has a clock. Everything is a function of the life and the day on which it begins.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from domain import events as e
from domain.authority import agency_waited_on
from domain.case import Case, consent_of, waits_of
from domain.due_events import due_now, next_due
from domain.events import Actor, Event, Record
from domain.intake import open_case
from domain.process import advance
from domain.refusals import RecordRefused
from domain.steps import assessments_outstanding, checks_outstanding, consents_needed
from domain.vocabulary import (
    DIRECT_FORMS,
    AgeGroup,
    AgencyKind,
    AgencyRef,
    CaseRef,
    Consenter,
    Flag,
    Form,
    InitiatedBy,
    Refusal,
    Role,
    Side,
    Step,
    TakesPartAs,
    WaitKind,
    is_agency,
)
from workflows.record_codec import read_event

LIVES = Path(__file__).parents[3] / "shared" / "cases" / "lives.json"
"""Next to the checkout; without this file these tests are skipped."""
WHY_SKIPPED = "the published lives are not in ../shared/cases/lives.json, next to the checkout"

CASEWORKER = Actor(Role.CASEWORKER, "staff-1")
SUPERVISOR = Actor(Role.SUPERVISOR, "staff-2")
OFFICE_OPENS = time(10, 0)
KINDS_ADDED = frozenset(
    {
        "an earlier agency finds nothing",
        "a further agency is named",
        "a checker does not object",
        "a specialist facilitator",
        "a risk assessment",
        "a consent that is needed as well",
        "an assessment after the form changed",
        "a consent is reconfirmed",
    }
)
"""Whatever may be added to a life."""

Life = dict[str, Any]


@dataclass(frozen=True)
class Walk:
    """A life as it went: every record with its moment, what was added, and the case or the refusal it ended with."""

    records: tuple[tuple[datetime, Record], ...]
    added: tuple[str, ...]
    case: Case | None
    refused: Refusal | None = None


def read_lives() -> list[Life]:
    """All published lives."""
    lives: list[Life] = json.loads(LIVES.read_text())
    return lives


def moments(life: Life, begins_on: date) -> list[tuple[datetime, Record]]:
    """The records of `life` with the case time of each, in order, without what the clock records."""
    return list(walk(life, begins_on).records)


def walk(life: Life, begins_on: date) -> Walk:
    """The life walked from its request to its end, or to the refusal of the request. Raises RecordRefused else."""
    walker = _Walker(life, datetime.combine(begins_on, OFFICE_OPENS, UTC), begins_on)
    try:
        walker.open()
    except RecordRefused as refusal:
        return Walk(tuple(walker.records), (), None, refusal.code)
    for index in range(len(life["events"])):
        walker.live(index)
    return Walk(tuple(walker.records), tuple(walker.added), walker.case)


@dataclass
class _Walker:
    life: Life
    now: datetime
    day: date
    case: Case = field(init=False)
    records: list[tuple[datetime, Record]] = field(default_factory=list)
    added: list[str] = field(default_factory=list)

    def open(self) -> None:
        record = Record(f"{self.life['id']}-0", request_of(self.life), CASEWORKER)
        self.records.append((self.now, record))
        self.case = open_case(CaseRef("RJ-7Q2K-9F3M"), record, self.now)

    def live(self, index: int) -> None:
        entry = self.life["events"][index]
        self.day += timedelta(days=entry["days_since_previous"] or 0)
        self._go_to(datetime.combine(self.day, OFFICE_OPENS, UTC))
        if entry["by"] == Role.TIMER:
            self._let_the_clock_record(entry["event"])
            return
        event, actor = self._event(index), _actor(entry["by"])
        if isinstance(event, e.RequestScreened) and self.case.request.offender_age_group is AgeGroup.ORGANISATION:
            # The sources do not say which member of staff it was.
            actor = SUPERVISOR
        while (missing := _find_missing(self.case, event, actor)) is not None:
            self._add(*missing)
        self._record(event, actor)
        if isinstance(event, e.MeetingArranged) and self._next_event(index) == "meeting_held":
            self._reconfirm(event.day)

    def _event(self, index: int) -> Event:
        entry, today = self.life["events"][index], self.day
        data = {_FIELDS.get(name, name): value for name, value in entry["args"].items() if name not in _IN_THE_VAULT}
        following = self.life["events"][index + 1 : index + 2]
        later = today + timedelta(days=max([1, *(event["days_since_previous"] or 0 for event in following)]))
        if data.get("whose") == "guardian":
            # A life that says no more is about an offender under 18.
            data["whose"] = Consenter.OFFENDER_GUARDIAN
        if entry["event"] in _MISSING_DAY:
            data[_MISSING_DAY[entry["event"]]] = later.isoformat()
        if "review_on" in data:
            data["review_on"] = (today + timedelta(days=data["review_on"])).isoformat()
        return read_event(entry["event"], data)

    def _next_event(self, index: int) -> str:
        return next((event["event"] for event in self.life["events"][index + 1 : index + 2]), "")

    def _reconfirm(self, day: date) -> None:
        """Both sides say again that they want to, on the eve of the meeting."""
        eve = datetime.combine(day - timedelta(days=1), OFFICE_OPENS, UTC)
        self._go_to(max(eve, self.now))
        for whose in (Consenter.VICTIM, Consenter.OFFENDER):
            forms = consent_of(self.case, whose)
            given = e.ConsentRecorded(whose, forms=forms.forms if forms else frozenset())
            self._add("a consent is reconfirmed", given, CASEWORKER)

    def _let_the_clock_record(self, name: str) -> None:
        while (coming := next_due(self.case)) is not None:
            self._go_to(coming[0])
            if coming[1].name == name:
                self.day = self.now.date()
                return
        raise AssertionError(f"the clock never records {name}")

    def _go_to(self, moment: datetime) -> None:
        """Let time pass, and the clock record what is due at its moment."""
        while (coming := next_due(self.case)) is not None and coming[0] <= moment:
            self.now = max(self.now, coming[0])
            event = due_now(self.case, self.now)
            assert event is not None
            timer = Record(f"{self.life['id']}-timer-{self.case.version}", event, Actor(Role.TIMER))
            self.case = advance(self.case, timer, self.now)
        self.now = max(self.now, moment)

    def _add(self, kind: str, event: Event, actor: Actor) -> None:
        self.added.append(kind)
        self._record(event, actor)

    def _record(self, event: Event, actor: Actor) -> None:
        self.now += timedelta(minutes=1)
        record = Record(f"{self.life['id']}-{len(self.records)}", event, actor)
        self.records.append((self.now, record))
        self.case = advance(self.case, record, self.now)


_FIELDS = {"from": "sender"}
_IN_THE_VAULT = {"note", "via", "conditions"}
"""Free text, which no event carries."""
_MISSING_DAY = {"meeting_arranged": "day", "deadline_noted": "on"}
"""What needs a day that no life names: it is the day of what comes next."""


def request_of(life: Life) -> e.RequestReceived:
    """The request made of a life's fields; the preferred form is the first that occurs."""
    forms = [Form(entry["args"]["form"]) for entry in life["events"] if "form" in entry["args"]]
    return e.RequestReceived(
        area="north",
        initiated_by=InitiatedBy(life["initiated_by"]),
        takes_part_as=TakesPartAs(life["takes_part_as"]),
        offender_age_group=_age_group(life),
        preferred_form=forms[0] if forms else Form.FACE_TO_FACE,
        incident=life["id"],
        has_vlo=bool({"police", "vlo"} & set(life["route_agencies"])),
        flags=frozenset(Flag(flag) for flag in life["flags"]),
    )


def _age_group(life: Life) -> AgeGroup:
    given = life["offender_age_group"]
    if given.startswith("youth"):
        return AgeGroup.UNDER_18
    if given == "corporate":
        return AgeGroup.ORGANISATION
    held_by_youth_team = "youth_offending_team" in life["route_agencies"]
    return AgeGroup.ADULT_ON_YOUTH_ORDER if held_by_youth_team else AgeGroup.ADULT


def _actor(by: str) -> Actor:
    if is_agency(by):
        return Actor(Role.AGENCY, f"{by}-of-the-area", AgencyKind(by))
    return SUPERVISOR if by == Role.SUPERVISOR else CASEWORKER


Missing = tuple[str, Event, Actor] | None


def _find_missing(case: Case, event: Event, actor: Actor) -> Missing:
    """What has to be recorded first, and by which actor; None where `event` can be recorded."""
    match event:
        case e.TraceAnswered():
            return _find_missing_for_trace(case, actor)
        case e.AgencyCheckAnswered():
            return _find_missing_for_check(case, actor)
        case e.OffenderApproached() | e.OffenderAnswered() | e.ReadinessAssessed():
            return _find_missing_after_checks(case)
        case e.MessagePassed():
            return _find_missing_check(case) or _find_missing_for_contact(case) or _find_missing_consent(case)
        case e.MeetingArranged():
            return _find_missing_for_meeting(case, event)
        case _:
            return None


def _find_missing_for_trace(case: Case, actor: Actor) -> Missing:
    if actor.kind is None or any(one.agency == actor.kind.value for one in case.asked):
        return None
    asked = waits_of(case, WaitKind.TRACE)
    if not asked:
        return "a further agency is named", e.RouteExtended(AgencyRef(actor.kind.value)), SUPERVISOR
    return "an earlier agency finds nothing", e.TraceAnswered("not_found"), _actor(asked[0].waiting_on)


def _find_missing_for_check(case: Case, actor: Actor) -> Missing:
    awaited = {agency_waited_on(wait) for wait in checks_outstanding(case)}
    if actor.kind is None or actor.kind in awaited:
        return None
    return "a further agency is named", e.RouteExtended(AgencyRef(actor.kind.value)), SUPERVISOR


def _find_missing_after_checks(case: Case) -> Missing:
    return (_find_missing_check(case) if case.step is Step.AGENCY_CHECK else None) or _find_missing_for_contact(case)


def _find_missing_check(case: Case) -> Missing:
    outstanding = checks_outstanding(case)
    if not outstanding:
        return None
    return "a checker does not object", e.AgencyCheckAnswered("no_objection"), _actor(agency_waited_on(outstanding[0]))


def _find_missing_for_contact(case: Case, day: date | None = None) -> Missing:
    """What the guard asks for before anybody is approached, or before contact on `day`."""
    if waits_of(case, WaitKind.FACILITATOR):
        return "a specialist facilitator", e.FacilitatorAssigned("staff-3", frozenset(Flag)), SUPERVISOR
    runs_out = day is not None and case.risk is not None and case.risk.valid_until < day
    if case.facilitator is not None and (waits_of(case, WaitKind.RISK) or runs_out):
        return "a risk assessment", e.RiskAssessed("direct", False, "staff-3", frozenset(Flag)), CASEWORKER
    return None


def _find_missing_for_meeting(case: Case, event: e.MeetingArranged) -> Missing:
    if (missing := _find_missing_check(case) or _find_missing_for_contact(case, event.day)) is not None:
        return missing
    if event.form in DIRECT_FORMS and (assessments_outstanding(case) or case.progress.ready != frozenset(Side)):
        return "an assessment after the form changed", e.ReadinessAssessed("ready"), CASEWORKER
    return _find_missing_consent(case)


def _find_missing_consent(case: Case) -> Missing:
    lacking = [whose for whose in consents_needed(case) if consent_of(case, whose) is None]
    return ("a consent that is needed as well", e.ConsentRecorded(lacking[0]), CASEWORKER) if lacking else None
