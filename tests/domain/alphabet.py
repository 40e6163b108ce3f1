"""The alphabet of the exploration: every event, with every class of its answers and reasons, by everybody who matters.

A class is what `advance` treats alike: one soft reason represents all soft reasons, one direct form for the others.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from domain import events as e
from domain.authority import agency_waited_on
from domain.case import Case, all_waits, open_concerns, waits_of
from domain.events import Actor, Event, Record
from domain.policy import YOUTH
from domain.process import RULE_FOR
from domain.reasons import Reason
from domain.vocabulary import (
    ALL_FORMS,
    DIRECT_FORMS,
    AgeGroup,
    AgencyKind,
    AgencyRef,
    AskProblem,
    CircumstanceChange,
    Condition,
    Consenter,
    Contact,
    DeadlineKind,
    Flag,
    Form,
    Offence,
    Role,
    Satisfaction,
    Side,
    TakesPartAs,
    WaitKey,
    WaitKind,
    Whereabouts,
    is_agency,
)

CASEWORKER = Actor(Role.CASEWORKER, "staff-1")
SUPERVISOR = Actor(Role.SUPERVISOR, "staff-2")
OTHER_SUPERVISOR = Actor(Role.SUPERVISOR, "staff-3")
VICTIM = Actor(Role.VICTIM, "")
SERVICE = Actor(Role.SERVICE, "")
TIMER = Actor(Role.TIMER)
NEVER_ASKED = AgencyRef("charity:farfield")
ANOTHER = AgencyRef("probation:westmoor")
"""The agency that a supervisor names, or that becomes responsible."""
PRISON = AgencyRef("prison")
PROBATION = AgencyRef("probation")
OURS = AgencyRef("restorative_service")


def as_agency(agency: AgencyRef) -> Actor:
    """The agency itself, as a webhook names it."""
    kind, _, name = agency.partition(":")
    return Actor(Role.AGENCY, name or f"{kind}-of-the-area", AgencyKind(kind))


def on_behalf(agency: AgencyRef) -> Actor:
    """A caseworker recording what `agency` said."""
    return Actor(Role.CASEWORKER, "staff-1", on_behalf_of=agency)


def agencies_of_interest(case: Case) -> tuple[AgencyRef, ...]:
    """Every agency that something waits on, or did before a supervisor took over, and the first ever asked."""
    waited = [agency_waited_on(wait) for wait in case.progress.waits]
    found = [AgencyRef(agency) for agency in waited if is_agency(agency)]
    return tuple(dict.fromkeys([*found, *(one.agency for one in case.asked[:1])]))


def agency_actors(case: Case) -> tuple[Actor, ...]:
    """The actors that could record an agency's answer: asked agencies, one never asked, staff for an agency or none."""
    agencies = agencies_of_interest(case)
    itself = tuple(as_agency(agency) for agency in (*agencies, NEVER_ASKED))
    staff = tuple(on_behalf(agency) for agency in (*agencies[:1], NEVER_ASKED))
    return (*itself, *staff, CASEWORKER)


def stranger_to(event: type[Event]) -> Actor:
    """Somebody who may never record such an event."""
    by = RULE_FOR[event].by
    if Role.VICTIM not in by and (Role.CASEWORKER in by or Role.TIMER not in by):
        return VICTIM
    return TIMER if Role.TIMER not in by else CASEWORKER


def control_events(case: Case, today: date) -> Iterator[tuple[Event, tuple[Actor, ...]]]:
    """Each event that can move the control state, with who tries to record it."""
    agencies, staff = agency_actors(case), (CASEWORKER,)
    yield from ((event, staff) for event in _of_the_request(today))
    one = (*agencies[:1], on_behalf(NEVER_ASKED), CASEWORKER)
    yield from ((event, agencies) for event in _of_agencies(today))
    yield from ((event, one) for event in _ill_formed(today))
    yield from ((event, (SUPERVISOR, CASEWORKER)) for event in _of_supervisors(case, today))
    yield from ((event, one) for event in _of_readiness(today))
    yield from ((event, staff) for event in _of_the_meeting(today))
    yield from ((event, staff) for event in _after_the_meeting(case, today))
    yield from ((event, one) for event in _of_endings())
    yield from ((e.Withdrawn(side), (VICTIM,)) for side in Side)
    yield from ((event, (CASEWORKER, SUPERVISOR)) for event in _of_the_service(case))
    yield from ((event, (SUPERVISOR, CASEWORKER)) for event in _OF_TRANSFERS)
    yield from ((e.CameOfAge(side), (SERVICE, CASEWORKER)) for side in Side)
    yield from ((event, (SERVICE, SUPERVISOR)) for event in _of_failures(case))
    yield from ((event, (CASEWORKER, SUPERVISOR, *agencies[:1])) for event in _of_retries(case))
    yield from ((event, (CASEWORKER, *agencies[:1])) for event in _of_questions(case))
    yield e.RequestScreened("proceed"), (SUPERVISOR,)


def _of_the_request(today: date) -> Iterator[Event]:
    yield e.VictimAnswered("wants")
    yield e.VictimAnswered("needs_time")
    yield e.VictimAnswered("needs_time", today + timedelta(days=30))
    yield e.VictimAnswered("needs_time", today)
    yield e.VictimAnswered("does_not")
    yield e.RequestScreened("proceed")
    yield from (e.RequestScreened("refuse", reason) for reason in (Reason.DUPLICATE, None, Reason.THERAPY_FIRST))
    yield e.CandidateChosen(Whereabouts.CUSTODY, PRISON, "candidate-1")
    yield e.CandidateChosen(Whereabouts.CUSTODY)
    yield e.MessagePassed(Form.LETTER, "victim")
    yield e.MessagePassed(Form.FACE_TO_FACE, "both")
    yield from (e.FormChanged(form) for form in (Form.FACE_TO_FACE, Form.LETTER))
    yield e.ObjectionChallenged()
    yield e.ObjectionChallenged(PRISON)


def _of_agencies(today: date) -> Iterator[Event]:
    yield e.TraceAnswered("found", Whereabouts.CUSTODY, PRISON)
    yield e.TraceAnswered("found", Whereabouts.UNSUPERVISED)
    yield from (e.TraceAnswered(answer) for answer in ("not_found", "restricted", "not_ours", "deceased"))
    yield e.TraceAnswered("ambiguous", candidates="candidates-1", limited_access=True)
    yield e.AskReturned()
    yield e.InformationRequested()
    yield e.AgencyCheckAnswered("no_objection")
    yield e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS)
    yield e.OffenderApproached()
    yield e.OffenderAnswered("willing")
    yield e.OffenderAnswered("willing", may_be_told=True)
    yield e.OffenderAnswered("needs_time", today + timedelta(days=30))
    yield e.OffenderAnswered("unwilling")
    yield e.CircumstancesChanged(CircumstanceChange.OFFICER_CHANGED)
    yield e.CircumstancesChanged(CircumstanceChange.MOVED, ANOTHER, Whereabouts.COMMUNITY_SUPERVISED)
    yield e.CircumstancesChanged(CircumstanceChange.RELEASED, ANOTHER, Whereabouts.ON_BAIL)
    yield e.ProgressRecorded()


def _ill_formed(today: date) -> Iterator[Event]:
    """Answers of agencies with something missing, or with what does not fit."""
    yield e.TraceAnswered("found", Whereabouts.CUSTODY)
    yield e.TraceAnswered("found", None, PRISON)
    yield from (e.AgencyCheckAnswered("objection", reason) for reason in (None, Reason.AGENCY_NO_RESPONSE))
    yield e.OffenderAnswered("needs_time")
    yield e.OffenderAnswered("needs_time", today - timedelta(days=1))


def _of_supervisors(case: Case, today: date) -> Iterator[Event]:
    yield e.NoResponseRecorded()
    yield from (e.NoResponseRecorded(wait.key) for wait in case.progress.waits if is_agency(wait.waiting_on))
    yield e.RouteExtended(ANOTHER)
    yield e.RouteExtended(AgencyRef("weather_office"))
    for wait in case.progress.waits:
        owner = agency_waited_on(wait)
        if is_agency(owner):
            yield e.RouteExtended(ANOTHER, AgencyRef(owner), wait.key)
            yield e.AskReturned(wait.key)


def _of_readiness(today: date) -> Iterator[Event]:
    sides = (Side.OFFENDER, Side.VICTIM, None)
    yield from (e.ReadinessAssessed("ready", whose) for whose in sides)
    yield e.ReadinessAssessed("ready_if_accepted", Side.OFFENDER, reasons=frozenset({Reason.REMORSE_NOT_EVIDENT}))
    yield e.ReadinessAssessed("ready_if_accepted", Side.OFFENDER)
    yield e.ReadinessAssessed("ready_if_accepted", Side.OFFENDER, reasons=frozenset({Reason.COERCION}))
    yield from (e.ReadinessAssessed("not_yet", whose, Reason.THERAPY_FIRST) for whose in sides)
    yield e.ReadinessAssessed("not_yet", Side.OFFENDER, Reason.THERAPY_FIRST, review_on=today + timedelta(days=70))
    yield e.ReadinessAssessed("not_yet", Side.OFFENDER, Reason.THERAPY_FIRST, review_on=today)
    yield from (e.ReadinessAssessed("not_yet", Side.OFFENDER, reason) for reason in (None, Reason.COERCION))
    yield from (e.ReadinessAssessed("unsuitable", whose, Reason.ONGOING_RISK_OR_ABUSE) for whose in sides)
    yield e.ReadinessAssessed("unsuitable", None, Reason.DENIES_RESPONSIBILITY, forms=DIRECT_FORMS)
    yield e.ReadinessAssessed("unsuitable", Side.OFFENDER, Reason.DENIES_RESPONSIBILITY)
    but_shuttle = ALL_FORMS - {Form.SHUTTLE}
    yield e.ReadinessAssessed("unsuitable", Side.OFFENDER, Reason.DENIES_RESPONSIBILITY, forms=but_shuttle)
    yield from (e.ReadinessAssessed("unsuitable", Side.OFFENDER, reason) for reason in (None, Reason.MOTIVE_CONCERN))


def _of_the_meeting(today: date) -> Iterator[Event]:
    day = today + timedelta(days=14)
    yield from (
        e.MeetingArranged(form, day, conditions=frozenset({Condition.SECURE_VENUE}))
        for form in (Form.FACE_TO_FACE, Form.LETTER)
    )
    yield e.MeetingArranged(Form.LETTER, today)
    yield e.MeetingPostponed(Reason.ILLNESS)
    yield e.MeetingPostponed(Reason.DUPLICATE)
    yield e.MeetingHeld(Form.LETTER, "completed")
    yield e.MeetingHeld(Form.FACE_TO_FACE, "stopped_for_safety", on=today - timedelta(days=3))
    yield e.MeetingHeld(Form.LETTER, "partial", on=today + timedelta(days=1))
    yield from (e.ConsentRecorded(whose) for whose in (Consenter.OFFENDER, Consenter.OFFENDER_GUARDIAN))
    yield e.ConsentRecorded(Consenter.OFFENDER, "withdrawn")
    yield e.ConsentRecorded(Consenter.VICTIM, "narrowed")


def _after_the_meeting(case: Case, today: date) -> Iterator[Event]:
    follow_ups = [wait.key for wait in waits_of(case, WaitKind.FOLLOW_UP)]
    for wait in (None, *follow_ups, WaitKey("weather")):
        yield e.FollowUpRecorded("met", wait=wait)
        yield e.FollowUpEnded(wait)
    yield from (e.FollowUpAdded(day) for day in (today + timedelta(days=50), today))
    yield from (e.AnotherContactPlanned(form) for form in (Form.FACE_TO_FACE, Form.LETTER))
    yield e.ContactPlanDropped()


def _of_endings() -> Iterator[Event]:
    yield from (e.Withdrawn(side) for side in Side)
    yield from (e.DeathConfirmed(side) for side in Side)
    yield from (e.DeathNotConfirmed(side) for side in Side)


def _of_the_service(case: Case) -> Iterator[Event]:
    for reason in (Reason.VICTIM_NEEDS_MET, Reason.NO_MATCH, Reason.AGENCY_OBJECTS, Reason.ILLNESS):
        yield e.DeclinedByService(reason)
    yield e.EntryCorrected("some-other-entry")
    if case.undo_point is not None:
        yield e.EntryCorrected(case.undo_point.entry)


_OF_TRANSFERS = (
    e.TransferProposed("south", consent=True),
    e.TransferProposed("south"),
    e.TransferProposed("north", consent=True),
    e.TransferProposed("South East", consent=True),
    e.TransferAccepted(),
    e.TransferDeclined(),
    e.TransferWithdrawn(),
    e.TransferredOut(NEVER_ASKED),
)


def _of_failures(case: Case) -> Iterator[Event]:
    yield from (e.AskFailed(wait.key, AskProblem.REFUSED) for wait in case.progress.waits if is_agency(wait.waiting_on))
    yield e.AskFailed(WaitKey("screening"), AskProblem.NO_AGENCY)


def _of_questions(case: Case) -> Iterator[Event]:
    yield e.InformationGiven()
    for wait in case.progress.waits:
        if wait.kind is WaitKind.INFORMATION:
            yield e.InformationGiven(wait.key)
        elif is_agency(wait.waiting_on):
            yield e.InformationRequested(wait.key)


def _of_retries(case: Case) -> Iterator[Event]:
    yield e.AskRetried()
    for wait in case.progress.waits:
        if wait.kind is WaitKind.TECHNICAL_PROBLEM:
            yield e.AskRetried(wait.key)
            yield e.RouteExtended(ANOTHER, wait=wait.key)


def safety_events(case: Case, today: date) -> Iterator[tuple[Event, tuple[Actor, ...]]]:
    """What the guard depends on: concerns, deaths, flags, the risk and the facilitator."""
    agency = agency_actors(case)[:1]
    yield e.ConcernRaised(Reason.SAFEGUARDING), (*agency, CASEWORKER, VICTIM, on_behalf(NEVER_ASKED))
    yield e.ConcernRaised(Reason.ILLNESS), (CASEWORKER,)
    yield e.ConcernRaised(Reason.NEW_OFFENCE, frozenset({Flag.STALKING})), (CASEWORKER,)
    for wait in (concern.wait.key for concern in open_concerns(case)[:1]):
        yield e.ConcernDecided("no_concern", wait), (SUPERVISOR, CASEWORKER)
        yield e.ConcernDecided("conditions", wait, frozenset({Condition.SECURE_VENUE})), (SUPERVISOR,)
        yield e.ConcernDecided("conditions", wait, frozenset({Condition.NOT_BEFORE})), (SUPERVISOR,)
        yield e.ConcernDecided("conditions", wait), (SUPERVISOR,)
        yield e.ConcernDecided("decline", wait), (SUPERVISOR,)
    yield e.ConcernDecided("no_concern"), (SUPERVISOR,)
    yield from ((e.DeathReported(side), (*agency, CASEWORKER)) for side in Side)
    yield e.ContactReported(), (*agency, CASEWORKER, on_behalf(NEVER_ASKED))
    yield e.FlagsChanged("add", frozenset({Flag.DOMESTIC_ABUSE})), (CASEWORKER,)
    yield e.FlagsChanged("add", frozenset()), (CASEWORKER,)
    yield e.FlagsChanged("remove", frozenset(Flag), Reason.NEW_INFORMATION), (SUPERVISOR, CASEWORKER)
    yield e.FlagsChanged("remove", frozenset(Flag)), (SUPERVISOR,)
    yield e.FacilitatorAssigned("staff-4", accredited_until=today - timedelta(days=1)), (SUPERVISOR,)
    for specialist in (frozenset(Flag), frozenset[Flag]()):
        yield e.FacilitatorAssigned("staff-4", specialist), (SUPERVISOR, CASEWORKER)
        yield e.FacilitatorChanged("staff-4", False, specialist), (SERVICE, SUPERVISOR)
        yield e.RiskAssessed("direct", False, specialist_in=specialist), (CASEWORKER,)
    yield e.FactsCorrected(), (CASEWORKER,)
    yield e.FactsCorrected(offence=Offence.DOMESTIC_ABUSE), (CASEWORKER,)
    yield e.FactsCorrected(offence=Offence.BURGLARY, has_vlo=False), (CASEWORKER, SUPERVISOR)
    yield e.FactsCorrected(whereabouts=Whereabouts.COMMUNITY_SUPERVISED, responsible_agency=ANOTHER), (CASEWORKER,)
    yield e.FactsCorrected(offender_age_group=AgeGroup.UNDER_18), (CASEWORKER,)
    yield e.FactsCorrected(takes_part_as=TakesPartAs.PROXY), (CASEWORKER,)
    yield e.FacilitatorChanged("staff-9", True), (SERVICE,)
    yield e.RiskAssessed("indirect_only", True, specialist_in=frozenset(Flag)), (CASEWORKER,)
    yield e.RiskAssessed("stop", True, specialist_in=frozenset(Flag)), (CASEWORKER,)
    yield e.RiskAssessed("direct", True, specialist_in=frozenset(Flag)), (CASEWORKER,)
    yield e.RiskAssessed("direct", False, specialist_in=frozenset(Flag), reassess_by=today), (CASEWORKER,)


def independent_events(case: Case, today: date) -> Iterator[tuple[Event, tuple[Actor, ...]]]:
    """Events that change no control state: they are tried at every state, and must leave it as it was."""
    later = today + timedelta(days=50)
    staff, supervisor, clerk = (CASEWORKER,), (SUPERVISOR, CASEWORKER), (SERVICE, CASEWORKER)
    yield from ((e.PutOnHold(reason), staff) for reason in (Reason.ILLNESS, Reason.DUPLICATE))
    yield e.PutOnHold(Reason.ILLNESS, later), staff
    yield e.PutOnHold(Reason.ILLNESS, today), staff
    yield e.Resumed(), (CASEWORKER, VICTIM)
    yield from ((e.PutOnHold(reason), (VICTIM,)) for reason in (Reason.VICTIM_WISHES, Reason.ILLNESS))
    yield e.VictimReplied(), (SERVICE, CASEWORKER)
    yield e.ContactMade(), staff
    yield e.WithdrawalChecked("confirmed"), staff
    yield e.VictimTold("telephone"), staff
    yield e.VictimTold("not_reached", today + timedelta(days=1)), staff
    yield e.VictimTold("in_person", date(2020, 1, 1)), staff
    yield e.VictimTold("in_person", wait=WaitKey("tell:weather")), staff
    yield from ((e.DeadlineNoted(DeadlineKind.PAROLE, day), agency_actors(case)[-4:]) for day in (later, today))
    yield from ((e.ContactPreferenceChanged(contact), staff) for contact in (Contact.NONE, Contact.TEXT))
    yield e.WaitExtended(later, wait=WaitKey("weather")), supervisor
    yield e.WaitExtended(today), supervisor
    yield from ((e.WaitExtended(later, wait=wait.key), supervisor) for wait in case.progress.waits)
    yield from ((e.ProgressRecorded(wait.key), agency_actors(case)[-4:]) for wait in case.progress.waits)
    yield e.ProgressRecorded(WaitKey("weather")), staff
    yield from ((e.Reassigned(to), supervisor) for to in ("staff-5", ""))
    yield e.NoteAdded(), (*agency_actors(case)[-4:],)
    yield e.ReviewRequested(), (CASEWORKER, VICTIM)
    yield e.FeedbackRecorded(Side.OFFENDER, Satisfaction.SATISFIED), staff
    yield e.FeedbackRecorded(Side.VICTIM, needs_met="partly"), staff
    yield e.FeedbackRecorded(Side.VICTIM), staff
    yield e.ReviewDecided("upheld"), (SUPERVISOR, CASEWORKER)
    yield from ((e.RulesAdopted(version, policy), clerk) for version, policy in ((1, YOUTH), (99, None)))
    yield e.CalendarUpdated(case.calendar), clerk
    yield (
        e.RequestReceived(
            "north", case.request.initiated_by, case.request.takes_part_as, case.request.offender_age_group
        ),
        staff,
    )
    yield e.ConsentRecorded(Consenter.OFFENDER, "given", frozenset({Form.LETTER}), today), staff
    yield e.ConsentRecorded(Consenter.VICTIM_GUARDIAN), agency_actors(case)[:1]
    yield e.ContactPreferenceChanged(Contact.TEXT), (TIMER,)


def timer_events(case: Case) -> Iterator[Event]:
    """What the clock might record of each wait, due or not."""
    for wait in all_waits(case):
        yield from (e.Chased(wait.key), e.BecameOverdue(wait.key), e.SecondNotice(wait.key))
    yield from (e.ReviewDue(), e.HoldEnded(), e.VictimUpdated(), e.RiskExpired(), e.BecameOverdue(WaitKey("weather")))
    yield e.DeadlineNear(DeadlineKind.PAROLE, date(2030, 1, 1))


def records(case: Case, now: datetime) -> Iterator[tuple[Record, datetime]]:
    """Every record of the alphabet for a case at `now`, each with the moment at which it comes.

    What the step does not take at all is tried once for each event, and a stranger tries each event once.
    """
    tried = [*control_events(case, now.date()), *independent_events(case, now.date())]
    tried += safety_events(case, now.date())
    tried += [(event, (TIMER,)) for event in timer_events(case)]
    seen: set[type[Event]] = set()
    number = 0
    for event, actors in tried:
        kind = type(event)
        first, rule = kind not in seen, RULE_FOR.get(kind)
        seen.add(kind)
        taken_here = rule is not None and case.step in rule.at
        strangers = (stranger_to(kind),) if first and rule is not None else ()
        for actor in (*(actors if taken_here else actors[:1] if first else ()), *strangers):
            number += 1
            note = "note-1" if isinstance(event, e.NoteAdded) else ""
            yield Record(f"entry-{case.version}-{number}", event, actor, note=note), now


def ask_answers(case: Case, question: WaitKind) -> Event:
    """What an agency that was asked `question` would say, were all well."""
    answers: dict[WaitKind, Event] = {
        WaitKind.TRACE: e.TraceAnswered("found", Whereabouts.CUSTODY, PRISON),
        WaitKind.AGENCY_CHECK: e.AgencyCheckAnswered("no_objection"),
        WaitKind.APPROACH: e.OffenderApproached(),
        WaitKind.OFFENDER_ANSWER: e.OffenderAnswered("willing"),
        WaitKind.ASSESSMENT: e.ReadinessAssessed("ready", Side.OFFENDER),
    }
    return answers[question]
