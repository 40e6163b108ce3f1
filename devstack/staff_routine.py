"""The routine of staff: what they do about each wait that is theirs, when all goes well."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from devstack.sample_staff import ACCREDITED_UNTIL, caseworker_in
from domain.authority import agency_waited_on
from domain.case import Case, allowed_forms, consent_of
from domain.events import (
    AgencyCheckAnswered,
    CandidateChosen,
    ConcernDecided,
    ConsentRecorded,
    ContactMade,
    DeathConfirmed,
    DeclinedByService,
    Event,
    FacilitatorAssigned,
    FollowUpRecorded,
    InformationGiven,
    MeetingArranged,
    MeetingHeld,
    ObjectionChallenged,
    OffenderAnswered,
    OffenderApproached,
    ReadinessAssessed,
    RequestScreened,
    Resumed,
    ReviewDecided,
    RiskAssessed,
    TransferAccepted,
    VictimAnswered,
    VictimReplied,
    VictimTold,
    WithdrawalChecked,
)
from domain.guard import blocks_contact, conditions_of
from domain.reasons import DECLINE_REASONS, Reason
from domain.steps import SUPERVISOR, consents_needed
from domain.transitions.readiness import BOTH
from domain.vocabulary import (
    ALL_FORMS,
    DIRECT_FORMS,
    AgencyKind,
    AgencyRef,
    Condition,
    Consenter,
    Flag,
    Form,
    Refusal,
    Side,
    Step,
    WaitKind,
    Whereabouts,
    agency_kind,
    is_agency,
)
from domain.waits import Wait

MEETING_AFTER = 14
"""Days from arranging a meeting to the meeting."""


@dataclass(frozen=True, slots=True)
class _Routine:
    """What is done about a wait, `after` so many days of it."""

    after: int
    act: Callable[[Case, Wait, date], Event | None]


def routine_event(case: Case, wait: Wait, today: date) -> Event | None:
    """What staff routinely do about `wait` today; None for nothing yet, or nothing at all."""
    routines = _ROUTINES
    if is_agency(wait.waiting_on):
        # Staff answer for the provider itself, which is asked by hand, and for no other agency.
        is_own = agency_kind(AgencyRef(wait.waiting_on)) is AgencyKind.RESTORATIVE_SERVICE
        routines = _OWN_ROUTINES if is_own else {}
    routine = routines.get(wait.kind)
    if routine is None or today < wait.since.date() + timedelta(days=routine.after):
        return None
    return routine.act(case, wait, today)


def working_day(case: Case, day: date) -> date:
    """`day`, or the next working day."""
    return day if case.calendar.is_working_day(day) else case.calendar.next_working_day(day)


def _facilitator_of(case: Case) -> str:
    return caseworker_in(case.area)


def _choose_candidate(_: Case, wait: Wait, __: date) -> Event:
    kind = agency_kind(AgencyRef(agency_waited_on(wait)))
    found = _WHEREABOUTS_BY_KIND.get(kind, (Whereabouts.COMMUNITY_SUPERVISED, AgencyKind.PROBATION))
    return CandidateChosen(found[0], AgencyRef(found[1].value))


_WHEREABOUTS_BY_KIND = {
    AgencyKind.PRISON: (Whereabouts.CUSTODY, AgencyKind.PRISON),
    AgencyKind.YOUTH_OFFENDING_TEAM: (Whereabouts.COMMUNITY_SUPERVISED, AgencyKind.YOUTH_OFFENDING_TEAM),
}


def _answer_objection(case: Case, wait: Wait, _: date) -> Event:
    """A caseworker asks the agency to look again; after that a supervisor ends the case."""
    agency = AgencyRef(agency_waited_on(wait))
    if wait.waiting_on != SUPERVISOR:
        return ObjectionChallenged(agency)
    objection = next((check.objection for check in case.progress.checks if check.agency == agency), None)
    return DeclinedByService(objection if objection in DECLINE_REASONS else Reason.AGENCY_OBJECTS)


def _assess(case: Case, wait: Wait, _: date) -> Event | None:
    if case.step not in (Step.ASSESSING, Step.PREPARING):
        return None
    return ReadinessAssessed("ready", whose=Side(wait.key.partition(":")[2]))


def _prepare(case: Case, _: Wait, today: date) -> Event | None:
    """What is still missing for a meeting, one thing at a time; then the meeting is arranged."""
    missing = [whose for whose in consents_needed(case) if consent_of(case, whose) is None]
    if missing:
        return ConsentRecorded(missing[0])
    # The form aimed at where all allow it, else an indirect one that they do.
    conditions = frozenset(condition for condition, _ in conditions_of(case))
    is_indirect = Condition.INDIRECT_ONLY in conditions or (case.risk is not None and case.risk.result != "direct")
    allowed = allowed_forms(case) - (DIRECT_FORMS if is_indirect else frozenset())
    form = next((form for form in (case.form, Form.LETTER, Form.SHUTTLE, Form.MESSAGE) if form in allowed), None)
    if form is None:
        return DeclinedByService(Reason.NO_AGREED_FORM)
    if case.progress.ready != BOTH:
        return None
    day = working_day(case, today + timedelta(days=MEETING_AFTER))
    blocks = {block.code for block in blocks_contact(case, form, day, conditions)}
    if not blocks:
        return MeetingArranged(form, day, conditions=conditions)
    return _assess_risk(case) if blocks <= {Refusal.RISK_NEEDED, Refusal.RISK_RUNS_OUT} else None


def _assess_risk(case: Case) -> Event:
    """The risk is as it was; where it was not assessed yet, nothing speaks against any contact."""
    risk, facilitator = case.risk, _facilitator_of(case)
    if risk is None:
        return RiskAssessed("direct", False, facilitator, frozenset(Flag))
    return RiskAssessed(risk.result, risk.further_abuse, facilitator, frozenset(Flag))


def _reconfirm(case: Case, _: Wait, today: date) -> Event | None:
    """Both consents are given again within the days before the meeting that policy asks for."""
    arrangement = case.progress.arrangement
    within = case.policy.reconfirm_within
    if arrangement is None or case.calendar.working_days_between(today, arrangement.day) > within:
        return None
    for whose in (Consenter.VICTIM, Consenter.OFFENDER):
        consent = consent_of(case, whose)
        if consent and case.calendar.working_days_between(consent.confirmed_on, arrangement.day) > within:
            forms = frozenset[Form]() if consent.forms == ALL_FORMS else consent.forms
            return ConsentRecorded(whose, forms=forms, until=consent.until)
    return None


def _meet(case: Case, _: Wait, today: date) -> Event | None:
    arrangement = case.progress.arrangement
    if arrangement is None or today < arrangement.day:
        return None
    return MeetingHeld(arrangement.form, "completed", agreement=True, on=arrangement.day)


_ROUTINES: dict[WaitKind, _Routine] = {
    WaitKind.VICTIM_ANSWER: _Routine(4, lambda _, __, ___: VictimAnswered("wants")),
    WaitKind.FIRST_CONTACT: _Routine(0, lambda _, __, ___: ContactMade()),
    WaitKind.SCREENING: _Routine(2, lambda _, __, ___: RequestScreened("proceed")),
    WaitKind.CANDIDATE: _Routine(3, _choose_candidate),
    WaitKind.ROUTE: _Routine(4, lambda _, __, ___: DeclinedByService(Reason.NO_MATCH)),
    WaitKind.FACILITATOR: _Routine(
        3, lambda case, _, __: FacilitatorAssigned(_facilitator_of(case), frozenset(Flag), ACCREDITED_UNTIL)
    ),
    WaitKind.INFORMATION: _Routine(1, lambda _, wait, __: InformationGiven(wait.key)),
    WaitKind.RISK: _Routine(4, lambda case, _, __: _assess_risk(case)),
    WaitKind.CONCERN: _Routine(1, lambda _, __, ___: ConcernDecided("no_concern")),
    WaitKind.DEATH: _Routine(2, lambda _, wait, ___: DeathConfirmed(Side(wait.key.partition(":")[2]))),
    WaitKind.TELL: _Routine(1, lambda _, wait, __: VictimTold("telephone", wait=wait.key)),
    WaitKind.TRANSFER: _Routine(2, lambda _, __, ___: TransferAccepted()),
    WaitKind.CONCERN_ANSWER: _Routine(1, lambda _, wait, __: VictimTold("telephone", wait=wait.key)),
    WaitKind.REPLY: _Routine(1, lambda _, __, ___: VictimReplied()),
    WaitKind.SAFE_CALL: _Routine(1, lambda _, __, ___: WithdrawalChecked("confirmed")),
    WaitKind.OBJECTION: _Routine(3, _answer_objection),
    WaitKind.ASSESSMENT: _Routine(7, _assess),
    WaitKind.PREPARATION: _Routine(5, _prepare),
    WaitKind.RECONFIRMATION: _Routine(0, _reconfirm),
    WaitKind.MEETING: _Routine(0, _meet),
    # On the day of the reminder, which is gone once it was sent.
    WaitKind.FOLLOW_UP: _Routine(
        0,
        lambda _, wait, today: (
            None if wait.chase_on and today < wait.chase_on else FollowUpRecorded("met", wait=wait.key)
        ),
    ),
    WaitKind.HOLD: _Routine(0, lambda _, wait, today: Resumed() if today >= wait.due_on else None),
    WaitKind.REVIEW: _Routine(5, lambda _, __, ___: ReviewDecided("not_upheld")),
}
"""An agency that has to be replaced is named by a script, and a readiness review is due by itself."""

_OWN_ROUTINES: dict[WaitKind, _Routine] = {
    WaitKind.AGENCY_CHECK: _Routine(3, lambda _, __, ___: AgencyCheckAnswered("no_objection")),
    WaitKind.APPROACH: _Routine(6, lambda _, __, ___: OffenderApproached()),
    WaitKind.OFFENDER_ANSWER: _Routine(9, lambda _, __, ___: OffenderAnswered("willing")),
    WaitKind.ASSESSMENT: _Routine(12, _assess),
}
"""What the provider does itself where nobody supervises the offender."""
