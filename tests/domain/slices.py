"""The slices in which the control states are explored: each follows some events from some requests.

All of it at once is a product of parts that do not touch one another (the agencies' checks; forms and readiness;
consents; particular care; asking the victim). Each slice explores one part in full and
the main line; every event that it does not follow is still tried at every state of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

from domain import events as e
from domain.case import Case, waits_of
from domain.events import Continuation, Event, Record, RequestReceived
from domain.guard import is_stopped
from domain.intake import open_case
from domain.process import advance
from domain.reasons import Reason
from domain.steps import ADDED, checks_outstanding
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    CaseRef,
    Consenter,
    Flag,
    Form,
    InitiatedBy,
    Offence,
    Side,
    Stage,
    Step,
    TakesPartAs,
    WaitKind,
    Whereabouts,
)
from tests.domain.alphabet import CASEWORKER, OURS, PRISON, PROBATION, SUPERVISOR, VICTIM, on_behalf
from tests.domain.exploration import Follows

REF = CaseRef("RJ-7Q2K-9F3M")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Start = tuple[Case, datetime]


@dataclass(frozen=True)
class Slice:
    """Some requests, what is followed from them, and whether it is short enough for every run."""

    name: str
    starts: Callable[[], list[Start]]
    follows: Follows
    short: bool


def make_request(**stated: Any) -> RequestReceived:
    """A victim's own request about an adult, with what is `stated` otherwise."""
    usual: dict[str, Any] = {
        "area": "north",
        "initiated_by": InitiatedBy.VICTIM,
        "takes_part_as": TakesPartAs.DIRECT_VICTIM,
        "offender_age_group": AgeGroup.ADULT,
        "has_vlo": True,
    }
    return RequestReceived(**(usual | stated))


def open_request(now: datetime = NOW, **stated: Any) -> Case:
    """The case of such a request, whose victim was contacted at once."""
    return replace(open_uncontacted(now, **stated), first_contact=None)


def open_uncontacted(now: datetime = NOW, **stated: Any) -> Case:
    """The case of such a request."""
    return open_case(REF, Record("opening", make_request(**stated), CASEWORKER), now)


def with_facilitator_and_risk(case: Case) -> Case:
    """The case with a specialist facilitator and a risk assessment that allows direct contact."""
    case = advance(case, Record("facilitator", e.FacilitatorAssigned("staff-4", frozenset(Flag)), SUPERVISOR), NOW)
    return advance(
        case, Record("risk", e.RiskAssessed("direct", False, specialist_in=frozenset(Flag)), CASEWORKER), NOW
    )


def give_consents(case: Case, but: Consenter | None = None) -> Case:
    """The case with everybody's consent to every form, a facilitator and a risk assessment, from the first day on."""
    case = with_facilitator_and_risk(case)
    for whose in Consenter:
        if whose is not but:
            case = advance(case, Record(f"consent-{whose}", e.ConsentRecorded(whose), CASEWORKER), NOW)
    return case


def _elsewhere(case: Case, event: Event) -> bool:
    """Whether another agency comes in after the trace."""
    return isinstance(event, (e.CircumstancesChanged, e.RouteExtended)) and case.step is not Step.TRACING


def _narrows(event: Event) -> bool:
    """Whether forms or consents change."""
    unsuitable = isinstance(event, e.ReadinessAssessed) and event.answer == "unsuitable"
    return unsuitable or isinstance(event, (e.FormChanged, e.ConsentRecorded))


def _is_found_in(event: Event, whereabouts: Whereabouts) -> bool:
    return isinstance(event, (e.TraceAnswered, e.CandidateChosen)) and event.whereabouts is whereabouts


def _objects(event: Event) -> bool:
    return isinstance(event, e.AgencyCheckAnswered) and event.answer == "objection"


def _is_of_the_answer(case: Case, event: Event) -> bool:
    """Whether another agency is to pass on the offender's answer, which touches no check."""
    if case.step is not Step.REFLECTING or not isinstance(event, (e.AskReturned, e.RouteExtended)):
        return False
    return event.wait is None or WaitKind.OFFENDER_ANSWER in event.wait


_OF_SAFETY = (
    e.ConcernRaised,
    e.ConcernDecided,
    e.DeathReported,
    e.FlagsChanged,
    e.FacilitatorAssigned,
    e.FacilitatorChanged,
    e.RiskAssessed,
    e.RiskExpired,
    e.FactsCorrected,
)


_OF_TRANSFERS = (e.TransferProposed, e.TransferAccepted, e.TransferDeclined, e.TransferWithdrawn)

_OF_QUESTIONS = (e.InformationRequested, e.InformationGiven)

_OF_ANOTHER_CONTACT = (e.AnotherContactPlanned, e.FollowUpAdded, e.FollowUpEnded)


def _is_apart(case: Case, event: Event) -> bool:
    """Whether another slice follows it: what stops contact, an early or second one, transfers, birthdays, questions.

    A court's check in parallel is one check more, which is tried and not followed.
    """
    others = (*_OF_TRANSFERS, *_OF_QUESTIONS, *_OF_ANOTHER_CONTACT, e.CameOfAge)
    bailed = isinstance(event, e.CircumstancesChanged) and event.whereabouts is Whereabouts.ON_BAIL
    is_concern = _objects(event) and case.step is not Step.AGENCY_CHECK
    return _is_early(case, event) or _is_of_safety(event) or isinstance(event, others) or bailed or is_concern


def _is_of_safety(event: Event) -> bool:
    """Whether the event says something of what the guard depends on."""
    unsuitable = isinstance(event, e.ReadinessAssessed) and event.reason in (
        Reason.ONGOING_RISK_OR_ABUSE,
        Reason.COERCION,
    )
    deceased = isinstance(event, e.TraceAnswered) and event.answer == "deceased"
    return isinstance(event, _OF_SAFETY) or unsuitable or deceased


_OF_A_TRANSFER = (
    *_OF_TRANSFERS,
    e.TransferredOut,
    e.RequestScreened,
    e.OffenderApproached,
    e.MeetingArranged,
    e.FollowUpEnded,
    e.ReviewDue,
    e.Withdrawn,
)


def _follows_transfers(case: Case, event: Event) -> bool:
    """The straight line to a meeting with a transfer at any step."""
    match event:
        case e.TransferAccepted() | e.TransferProposed():
            return case.area == "north"
        case e.TraceAnswered(answer=answer) | e.OffenderAnswered(answer=answer):
            return answer in ("found", "willing")
        case e.AgencyCheckAnswered(answer=answer):
            return answer == "no_objection"
        case e.ReadinessAssessed():
            return event.answer in ("ready", "not_yet") and event.whose is None
        case e.MeetingHeld(result=result):
            return result == "completed"
        case e.FacilitatorAssigned():
            return bool(event.specialist_in)
        case _:
            return isinstance(event, _OF_A_TRANSFER)


def _of_young_people() -> list[Start]:
    """The victim and the offender under 18, with everybody's consent; and a victim who has yet to be asked."""
    both: dict[str, Any] = {"victim_under_18": True, "offender_age_group": AgeGroup.UNDER_18}
    return [
        (give_consents(open_request(**both)), NOW),
        (give_consents(open_request(**both, initiated_by=InitiatedBy.SERVICE)), NOW),
    ]


_OF_COMING_OF_AGE = (
    e.CameOfAge,
    e.VictimAnswered,
    e.RequestScreened,
    e.OffenderApproached,
    e.ReviewDue,
    e.MeetingArranged,
    e.FollowUpEnded,
    e.Withdrawn,
)


def _follows_coming_of_age(case: Case, event: Event) -> bool:
    """The straight line to a meeting with a birthday at any step, and what the young person then says."""
    match event:
        case e.CameOfAge(whose=whose):
            return whose is Side.VICTIM or case.step is Step.PREPARING
        case e.TraceAnswered():
            return _is_found_in(event, Whereabouts.UNSUPERVISED)
        case e.AgencyCheckAnswered(answer=answer) | e.OffenderAnswered(answer=answer):
            return answer in ("no_objection", "willing")
        case e.ReadinessAssessed():
            return event.answer == "ready" and event.whose is None
        case e.MeetingHeld(result=result):
            return result == "completed"
        case e.ConsentRecorded():
            return event.what == "given" and not event.forms
        case _:
            return isinstance(event, _OF_COMING_OF_AGE)


_ON_THE_WAY = (
    e.RequestScreened,
    e.TraceAnswered,
    e.OffenderApproached,
    e.OffenderAnswered,
    e.MeetingArranged,
    e.MeetingHeld,
    e.FollowUpRecorded,
    e.Withdrawn,
)
_OF_CONCERNS = (*_ON_THE_WAY, e.ConcernDecided, e.DeathConfirmed, e.DeathNotConfirmed)


def _is_a_yes(event: Event) -> bool:
    """Whether an agency clears the offender, or both sides are ready."""
    checked = isinstance(event, e.AgencyCheckAnswered) and event.answer == "no_objection"
    ready = isinstance(event, e.ReadinessAssessed) and event.answer == "ready" and event.whose is None
    return checked or ready


def _follows_concerns(case: Case, event: Event) -> bool:
    """The straight line to a meeting with a concern or a death at any step; the guard is all that couples them."""
    stops = (isinstance(event, e.ConcernRaised) and not event.flags) or isinstance(event, e.DeathReported)
    if stops:
        return not is_stopped(case)
    if isinstance(event, e.ConcernDecided):
        return event.result != "conditions"
    return isinstance(event, _OF_CONCERNS) or _is_a_yes(event)


def _follows_another_contact(case: Case, event: Event) -> bool:
    """A second contact, or none: nothing but its readiness and one concern is followed on the way."""
    contacts, step = case.progress.contacts, case.step
    match event:
        case e.AnotherContactPlanned(form=form):
            return len(contacts) == 1 and form is Form.FACE_TO_FACE
        case e.MeetingHeld():
            return len(contacts) == 1 and event.result == "stopped_for_safety"
        case e.MeetingArranged(form=form):
            return form is Form.FACE_TO_FACE
        case e.FollowUpAdded():
            return len(contacts) == 1 and not any(ADDED in wait.key for wait in waits_of(case, WaitKind.FOLLOW_UP))
        case e.FollowUpRecorded() | e.FollowUpEnded():
            return step in (Step.FOLLOWING_UP, Step.PREPARING)
        case e.ConcernRaised():
            return step is Step.PREPARING and not case.concerns and not event.flags
        case e.ConcernDecided(result=result):
            return result == "decline"
        case e.ReadinessAssessed():
            nothing_remains = event.reason is Reason.DENIES_RESPONSIBILITY and not event.forms
            return nothing_remains or (event.answer in ("ready", "not_yet") and event.whose is None)
        case _:
            return isinstance(event, (e.ContactPlanDropped, e.Withdrawn, e.ReviewDue))


def follow_up_contact() -> Case:
    """A case after one contact, with the offender in prison."""
    way: tuple[Event, ...] = (
        e.RequestScreened("proceed"),
        e.TraceAnswered("found", Whereabouts.CUSTODY, PRISON),
        e.OffenderApproached(),
        e.OffenderAnswered("willing"),
        e.ReadinessAssessed("ready"),
        e.MeetingHeld(Form.FACE_TO_FACE, "completed"),
    )
    case = give_consents(open_request())
    for number, event in enumerate(way):
        case = advance(case, Record(f"entry-{number}", event, CASEWORKER), NOW)
        for wait in checks_outstanding(case):
            on_behalf = replace(CASEWORKER, on_behalf_of=AgencyRef(wait.waiting_on))
            case = advance(case, Record(wait.key, e.AgencyCheckAnswered("no_objection"), on_behalf), NOW)
    return case


def _open_agreed() -> Case:
    """A flagged case in which the two people consent, and nobody else has been asked to."""
    case = with_facilitator_and_risk(open_request(offence=Offence.DOMESTIC_ABUSE))
    for whose in (Consenter.VICTIM, Consenter.OFFENDER):
        case = advance(case, Record(f"consent-{whose}", e.ConsentRecorded(whose), CASEWORKER), NOW)
    return case


def _follows_a_correction(case: Case, event: Event) -> bool:
    """The straight line to a meeting, with a correction of the request's facts at one step of it."""
    if isinstance(event, e.FactsCorrected):
        return case.original is None and event.whereabouts is None
    return isinstance(event, _ON_THE_WAY) or _is_a_yes(event)


def _follows_checks(case: Case, event: Event) -> bool:
    elsewhere = _narrows(event) or _is_found_in(event, Whereabouts.UNSUPERVISED) or _is_of_the_answer(case, event)
    return not elsewhere and not isinstance(event, e.AskFailed | e.ReviewDue) and not _is_apart(case, event)


def _follows_readiness(case: Case, event: Event) -> bool:
    elsewhere = _elsewhere(case, event) or _is_found_in(event, Whereabouts.CUSTODY)
    return not elsewhere and not _objects(event) and not isinstance(event, e.AskFailed) and not _is_apart(case, event)


def _follows_main_line(case: Case, event: Event) -> bool:
    return _follows_readiness(case, event) and not _narrows(event)


_OF_ASKS = (
    e.RequestScreened,
    e.TraceAnswered,
    e.AgencyCheckAnswered,
    e.OffenderApproached,
    e.OffenderAnswered,
    e.AskFailed,
    e.AskRetried,
    e.AskReturned,
    e.Withdrawn,
)


def _follows_failures(case: Case, event: Event) -> bool:
    """What agencies are asked and answer, and what comes of it where they cannot be."""
    ready = isinstance(event, e.ReadinessAssessed) and event.answer == "ready"
    return (isinstance(event, _OF_ASKS) or ready) and not _objects(event) and not _is_apart(case, event)


def _follows_questions(case: Case, event: Event) -> bool:
    """The straight line to a meeting, with a question of an agency about anything that it is asked."""
    ready = isinstance(event, e.ReadinessAssessed) and event.answer == "ready" and event.whose is None
    checked = isinstance(event, e.AgencyCheckAnswered) and event.answer == "no_objection"
    line = (e.RequestScreened, e.OffenderApproached, e.AskReturned, e.Withdrawn, *_OF_QUESTIONS)
    answered = isinstance(event, e.OffenderAnswered) and event.answer == "willing"
    found = _is_found_in(event, Whereabouts.CUSTODY)
    return (isinstance(event, line) or ready or checked or answered or found) and not _is_early(case, event)


def _is_early(case: Case, event: Event) -> bool:
    answered = isinstance(event, e.OffenderAnswered) and case.step is not Step.REFLECTING
    return answered or (isinstance(event, e.OffenderApproached) and case.step is Step.AGENCY_CHECK)


def _ask_either() -> Case:
    """A case in which the prison and the community officer are both asked for the approach."""
    found = e.TraceAnswered("found", Whereabouts.CUSTODY, PRISON, may_also_answer=PROBATION)
    case = give_consents(open_request())
    events: tuple[Event, ...] = (e.RequestScreened("proceed"), found)
    for number, event in enumerate(events):
        case = advance(case, Record(f"line-{number}", event, CASEWORKER), NOW)
    for wait in waits_of(case, WaitKind.AGENCY_CHECK):
        cleared = e.AgencyCheckAnswered("no_objection")
        case = advance(case, Record(f"clear-{wait.key}", cleared, on_behalf(AgencyRef(wait.waiting_on))), NOW)
    return case


_OF_CARE = (e.FormChanged, e.FacilitatorAssigned, e.FacilitatorChanged, e.RiskAssessed, e.RiskExpired)


def _follows_care(case: Case, event: Event) -> bool:
    elsewhere = isinstance(event, e.ReviewDue) or (isinstance(event, e.RiskAssessed) and event.result == "stop")
    if isinstance(event, e.RiskExpired):
        # Before, it is tried and not followed: nothing but a meeting day depends on it.
        return case.step in (Step.PREPARING, Step.SCHEDULED)
    return not elsewhere and (_follows_main_line(case, event) or isinstance(event, _OF_CARE))


REASONS_TO_GO_ON = (*(reason for reason in Reason if reason is not Reason.OFFENDER_DIED), None)
"""Where the offender has died, nobody can be met any more."""


def _withdrawn_by_link() -> Case:
    """A case in which somebody has to make sure that the victim withdrew freely."""
    case = give_consents(open_request(flags=frozenset({Flag.SEXUAL_HARM})))
    return advance(case, Record("withdrawn", e.Withdrawn(Side.VICTIM, Reason.VICTIM_WITHDREW), VICTIM), NOW)


def _list_reopened() -> list[Start]:
    long_ago = date(2025, 1, 6)
    ends = product((Stage.DECLINED, Stage.MEETING_HELD), REASONS_TO_GO_ON, Stage, (None, PRISON, OURS))
    requests = (
        Continuation(CaseRef("RJ-2222-3333"), stage, long_ago, reason, came_from, False, None, agency)
        for stage, reason, came_from, agency in ends
    )
    return [(with_facilitator_and_risk(open_request(continues=ended)), NOW) for ended in requests]


SLICES = (
    Slice(
        "readiness",
        lambda: [(give_consents(open_request()), NOW)],
        lambda case, event: _follows_readiness(case, event) and not isinstance(event, e.ReviewDue),
        short=True,
    ),
    Slice("readiness and its reviews", lambda: [(give_consents(open_request()), NOW)], _follows_readiness, short=False),
    Slice("technical problems", lambda: [(give_consents(open_request()), NOW)], _follows_failures, short=True),
    Slice(
        "technical problems and other agencies",
        lambda: [(give_consents(open_request()), NOW)],
        lambda case, event: _follows_failures(case, event) or isinstance(event, e.RouteExtended),
        short=False,
    ),
    Slice(
        "asking the victim",
        lambda: (
            [(open_request(initiated_by=by), NOW) for by in (InitiatedBy.SERVICE, InitiatedBy.OFFENDER)]
            + [(open_request(initiated_by=InitiatedBy.SERVICE, offender_age_group=AgeGroup.ORGANISATION), NOW)]
        ),
        lambda case, event: (
            (case.step in (Step.ASKING_VICTIM, Step.SCREENING) and not _is_of_safety(event))
            or isinstance(event, e.Withdrawn)
        ),
        short=True,
    ),
    Slice("transfers", lambda: [(give_consents(open_request()), NOW)], _follows_transfers, short=True),
    Slice("coming of age", _of_young_people, _follows_coming_of_age, short=True),
    Slice("another contact", lambda: [(follow_up_contact(), NOW)], _follows_another_contact, short=True),
    Slice(
        "questions",
        lambda: [(give_consents(open_request()), NOW), (_ask_either(), NOW)],
        _follows_questions,
        short=True,
    ),
    Slice(
        "corrected facts",
        lambda: [(_open_agreed(), NOW)],
        _follows_a_correction,
        short=False,
    ),
    Slice("concerns", lambda: [(give_consents(open_request()), NOW)], _follows_concerns, short=True),
    Slice(
        "withdrawn by the victim's link",
        lambda: [(_withdrawn_by_link(), NOW)],
        lambda _case, event: isinstance(event, e.WithdrawalChecked),
        short=True,
    ),
    Slice(
        "particular care",
        lambda: [(give_consents(open_request(flags=frozenset({Flag.SEXUAL_HARM}))), NOW)],
        _follows_care,
        False,
    ),
    Slice("reopened", _list_reopened, _follows_main_line, short=False),
    Slice("checks", lambda: [(give_consents(open_request()), NOW)], _follows_checks, short=False),
    Slice(
        "young people",
        lambda: [
            (give_consents(open_request(offender_age_group=AgeGroup.UNDER_18), but=Consenter.OFFENDER_GUARDIAN), NOW)
        ],
        lambda case, event: _follows_main_line(case, event) or isinstance(event, e.ConsentRecorded),
        short=False,
    ),
)
