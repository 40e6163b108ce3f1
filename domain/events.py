"""What can be recorded in a case: one frozen class an event, named as it is stored and sent.

Field values are codes, dates, counts and references: free text and personal details stay in the vault, and an entry
carries at most the vault's id of a note.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal, get_args

from domain.reasons import Reason
from domain.vocabulary import (
    AgeGroup,
    AgencyKind,
    AgencyRef,
    AskProblem,
    CaseRef,
    CircumstanceChange,
    Consenter,
    Contact,
    DeadlineKind,
    Flag,
    Form,
    InitiatedBy,
    Role,
    Side,
    Stage,
    TakesPartAs,
    WaitKey,
    Whereabouts,
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who records: `id` names a member of staff or an agency; an agency's `kind` and `area` come from the directory.

    `on_behalf_of` is the agency for which staff record; the area of a national agency is empty.
    """

    role: Role
    id: str = ""
    kind: AgencyKind | None = None
    area: str = ""
    on_behalf_of: AgencyRef | None = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """The ended case that a request takes up again, as its case file tells it."""

    ref: CaseRef
    stage: Stage
    ended_on: date
    reason: Reason | None = None
    from_stage: Stage = Stage.REQUESTED
    review_upheld: bool = False
    whereabouts: Whereabouts | None = None
    responsible_agency: AgencyRef | None = None
    limited_access: bool = False


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """Somebody asks for restorative justice."""

    name: ClassVar[str] = "request_received"
    area: str
    initiated_by: InitiatedBy
    takes_part_as: TakesPartAs
    offender_age_group: AgeGroup
    preferred_form: Form = Form.FACE_TO_FACE
    incident: str = ""
    has_vlo: bool = False
    in_touch_with_police: bool = True
    years_since_offence: int = 0
    whereabouts_known: bool = False
    victim_under_18: bool = False
    flags: frozenset[Flag] = frozenset()
    contact: Contact = Contact.EMAIL
    continues: Continuation | None = None


@dataclass(frozen=True, slots=True)
class VictimAnswered:
    """The victim, asked whether they want restorative justice, answers."""

    name: ClassVar[str] = "victim_answered"
    answer: Literal["wants", "needs_time", "does_not"]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class RequestScreened:
    """The request is taken up or refused."""

    name: ClassVar[str] = "request_screened"
    answer: Literal["proceed", "refuse"]
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class TraceAnswered:
    """An agency says whether it knows where the offender is; `limited_access`: few may see the register's record."""

    name: ClassVar[str] = "trace_answered"
    answer: Literal["found", "not_found", "restricted", "not_ours", "ambiguous", "deceased"]
    whereabouts: Whereabouts | None = None
    responsible_agency: AgencyRef | None = None
    candidates: str = ""
    limited_access: bool = False


@dataclass(frozen=True, slots=True)
class CandidateChosen:
    """A caseworker chooses which of several people was meant."""

    name: ClassVar[str] = "candidate_chosen"
    whereabouts: Whereabouts
    responsible_agency: AgencyRef | None = None
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class NoResponseRecorded:
    """A supervisor stops waiting for an agency."""

    name: ClassVar[str] = "no_response_recorded"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class AskReturned:
    """An agency says that what it was asked is not its own to answer."""

    name: ClassVar[str] = "ask_returned"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class AskFailed:
    """What `wait` asks of an agency cannot be delivered, and sending it again as it is would not help."""

    name: ClassVar[str] = "ask_failed"
    wait: WaitKey
    problem: AskProblem


@dataclass(frozen=True, slots=True)
class AskRetried:
    """What kept an ask back is mended: it is sent anew. `wait` says which of several."""

    name: ClassVar[str] = "ask_retried"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class RouteExtended:
    """A supervisor names a further agency, or one in the place of another; `wait` says for what of several things."""

    name: ClassVar[str] = "route_extended"
    agency: AgencyRef
    instead_of: AgencyRef | None = None
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class AgencyCheckAnswered:
    """A checker says whether restorative justice may be offered."""

    name: ClassVar[str] = "agency_check_answered"
    answer: Literal["no_objection", "objection"]
    reason: Reason | None = None
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class ObjectionChallenged:
    """A caseworker asks an objecting agency to look again."""

    name: ClassVar[str] = "objection_challenged"
    agency: AgencyRef | None = None


@dataclass(frozen=True, slots=True)
class FacilitatorAssigned:
    """Who will facilitate, and whether trained for sexual harm and domestic abuse."""

    name: ClassVar[str] = "facilitator_assigned"
    specialist: bool
    facilitator: str = ""


@dataclass(frozen=True, slots=True)
class RiskReviewed:
    """The risk checklist was looked at again: could a meeting lead to further abuse?"""

    name: ClassVar[str] = "risk_reviewed"
    further_abuse: bool


@dataclass(frozen=True, slots=True)
class OffenderApproached:
    """The offender has been told of the request."""

    name: ClassVar[str] = "offender_approached"


@dataclass(frozen=True, slots=True)
class OffenderAnswered:
    """The offender says whether to take part."""

    name: ClassVar[str] = "offender_answered"
    answer: Literal["willing", "needs_time", "unwilling"]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ReadinessAssessed:
    """What an assessor found; without `whose` it speaks of both sides."""

    name: ClassVar[str] = "readiness_assessed"
    answer: Literal["ready", "ready_if_accepted", "not_yet", "unsuitable"]
    whose: Side | None = None
    reason: Reason | None = None
    reasons: frozenset[Reason] = frozenset()
    review_on: date | None = None
    forms: frozenset[Form] = frozenset()


@dataclass(frozen=True, slots=True)
class ConsentRecorded:
    """A consent given (again), narrowed to `forms`, or taken back; no forms named means all of them."""

    name: ClassVar[str] = "consent_recorded"
    whose: Consenter
    what: Literal["given", "narrowed", "withdrawn"] = "given"
    forms: frozenset[Form] = frozenset()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class MessagePassed:
    """A letter, message or shuttle round went from one side to the other."""

    name: ClassVar[str] = "message_passed"
    form: Form
    sender: Literal["victim", "offender", "both"]


@dataclass(frozen=True, slots=True)
class ProgressRecorded:
    """Something was done that moves no step; renews the wait it names, or those of whoever records it."""

    name: ClassVar[str] = "progress_recorded"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class FormChanged:
    """The sides now aim at another form."""

    name: ClassVar[str] = "form_changed"
    form: Form


@dataclass(frozen=True, slots=True)
class MeetingArranged:
    """A day is set; `joint_with` are other cases of the incident that meet on the same occasion."""

    name: ClassVar[str] = "meeting_arranged"
    form: Form
    day: date
    joint_with: frozenset[CaseRef] = frozenset()


@dataclass(frozen=True, slots=True)
class MeetingPostponed:
    """The arranged day falls."""

    name: ClassVar[str] = "meeting_postponed"
    reason: Reason


@dataclass(frozen=True, slots=True)
class MeetingHeld:
    """The meeting, or the exchange that took its place, happened; `on` defaults to today."""

    name: ClassVar[str] = "meeting_held"
    form: Form
    result: Literal["completed", "partial", "stopped_for_safety"]
    agreement: bool = False
    on: date | None = None


@dataclass(frozen=True, slots=True)
class FollowUpRecorded:
    """How things stand after the meeting, and whether what was agreed is kept."""

    name: ClassVar[str] = "follow_up_recorded"
    agreement_kept: Literal["met", "not_met", "none"]
    report_to: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A side no longer wants to go on; nobody has to say why."""

    name: ClassVar[str] = "withdrawn"
    whose: Side
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class CircumstancesChanged:
    """The offender's situation changed; the new responsible agency where there is one."""

    name: ClassVar[str] = "circumstances_changed"
    change: CircumstanceChange
    responsible_agency: AgencyRef | None = None
    whereabouts: Whereabouts | None = None


@dataclass(frozen=True, slots=True)
class Died:
    """One of the two has died."""

    name: ClassVar[str] = "died"
    whose: Side


@dataclass(frozen=True, slots=True)
class DeadlineNoted:
    """A date outside the process that the supervisor is warned ahead of."""

    name: ClassVar[str] = "deadline_noted"
    kind: DeadlineKind
    on: date


@dataclass(frozen=True, slots=True)
class DeclinedByService:
    """The service ends the case without a meeting."""

    name: ClassVar[str] = "declined_by_service"
    reason: Reason


@dataclass(frozen=True, slots=True)
class PutOnHold:
    """Asks and timers rest, four weeks if no day is given."""

    name: ClassVar[str] = "put_on_hold"
    reason: Reason
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The hold ends; each wait goes on with the time it had left."""

    name: ClassVar[str] = "resumed"


@dataclass(frozen=True, slots=True)
class ContactPreferenceChanged:
    """How the victim wants to hear from us from now on."""

    name: ClassVar[str] = "contact_preference_changed"
    contact: Contact


@dataclass(frozen=True, slots=True)
class WaitExtended:
    """A supervisor gives a wait until another day."""

    name: ClassVar[str] = "wait_extended"
    until: date
    reason: Reason | None = None
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class Reassigned:
    """Another caseworker has the case."""

    name: ClassVar[str] = "reassigned"
    to: str


@dataclass(frozen=True, slots=True)
class EntryCorrected:
    """The last entry that changed the step was wrong: the case is as it was before it."""

    name: ClassVar[str] = "entry_corrected"
    which: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReviewRequested:
    """Somebody asks that a decision be looked at again."""

    name: ClassVar[str] = "review_requested"
    by_whom: Literal["victim", "offender"] = "victim"


@dataclass(frozen=True, slots=True)
class ReviewDecided:
    """Another supervisor decides the review."""

    name: ClassVar[str] = "review_decided"
    result: Literal["upheld", "not_upheld"]


@dataclass(frozen=True, slots=True)
class RulesAdopted:
    """The case comes under another version of the rules, another policy, or both."""

    name: ClassVar[str] = "rules_adopted"
    version: int
    policy: str = ""


@dataclass(frozen=True, slots=True)
class CalendarUpdated:
    """The case comes under a newer calendar of bank holidays."""

    name: ClassVar[str] = "calendar_updated"
    calendar: str


@dataclass(frozen=True, slots=True)
class Chased:
    """Whoever is waited on is reminded: by the clock on its day, or by staff, who remind an agency now."""

    name: ClassVar[str] = "chased"
    wait: WaitKey


@dataclass(frozen=True, slots=True)
class BecameOverdue:
    """A wait ran out; a supervisor is told and the case goes on waiting."""

    name: ClassVar[str] = "became_overdue"
    wait: WaitKey


@dataclass(frozen=True, slots=True)
class SecondNotice:
    """An overdue wait is still open; the supervisor is told again."""

    name: ClassVar[str] = "second_notice"
    wait: WaitKey


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """The review date of a side that was not yet ready has come."""

    name: ClassVar[str] = "review_due"


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """The day until which the case was to rest has passed; it never resumes by itself."""

    name: ClassVar[str] = "hold_ended"


@dataclass(frozen=True, slots=True)
class DeadlineNear:
    """A noted date comes close."""

    name: ClassVar[str] = "deadline_near"
    kind: DeadlineKind
    on: date


@dataclass(frozen=True, slots=True)
class VictimUpdated:
    """Nothing new for four weeks: the victim hears so, and when they will hear again."""

    name: ClassVar[str] = "victim_updated"


Event = (
    RequestReceived
    | VictimAnswered
    | RequestScreened
    | TraceAnswered
    | CandidateChosen
    | NoResponseRecorded
    | AskReturned
    | AskFailed
    | AskRetried
    | RouteExtended
    | AgencyCheckAnswered
    | ObjectionChallenged
    | FacilitatorAssigned
    | RiskReviewed
    | OffenderApproached
    | OffenderAnswered
    | ReadinessAssessed
    | ConsentRecorded
    | MessagePassed
    | ProgressRecorded
    | FormChanged
    | MeetingArranged
    | MeetingPostponed
    | MeetingHeld
    | FollowUpRecorded
    | Withdrawn
    | CircumstancesChanged
    | Died
    | DeadlineNoted
    | DeclinedByService
    | PutOnHold
    | Resumed
    | ContactPreferenceChanged
    | WaitExtended
    | Reassigned
    | EntryCorrected
    | ReviewRequested
    | ReviewDecided
    | RulesAdopted
    | CalendarUpdated
    | Chased
    | BecameOverdue
    | SecondNotice
    | ReviewDue
    | HoldEnded
    | DeadlineNear
    | VictimUpdated
)

EVENTS: dict[str, type[Event]] = {kind.name: kind for kind in get_args(Event)}
"""Each event's class by the name under which it is stored and sent."""

TIMER_EVENTS = (
    Chased,
    BecameOverdue,
    SecondNotice,
    ReviewDue,
    HoldEnded,
    DeadlineNear,
    VictimUpdated,
)
"""What the clock records; nobody else may, but for a reminder, which staff can send as well."""

OWN_EVENTS = (*(event for event in TIMER_EVENTS if event is not Chased), AskFailed)
"""What a case records of itself, by its clock or by what became of its asks; nobody sends these."""


@dataclass(frozen=True, slots=True)
class Record:
    """What somebody asks to be recorded.

    `id` is unique for ever: a second record with the same id changes nothing. `note` is the vault's id of a free text.
    `inbox` is the inbox message that brought it; 0 for one that came another way.
    """

    id: str
    event: Event
    by: Actor
    expected_version: int | None = None
    note: str = ""
    inbox: int = 0


def field_names(event: type[Event]) -> tuple[str, ...]:
    """The names of an event's fields, in order."""
    return tuple(field.name for field in fields(event))


_REACH = timedelta(days=366 * 50)
"""A day further away than this is a slip of the keyboard, and counting to it would take longer than a case may."""


def is_within_reach(day: date, today: date) -> bool:
    """Whether `day` can be meant: no more than some fifty years from `today`."""
    return abs(day - today) <= _REACH


def dates_of(event: Event) -> tuple[tuple[str, date], ...]:
    """The dates that an event names, with their fields' names."""
    values = [(name, getattr(event, name)) for name in field_names(type(event))]
    if isinstance(event, RequestReceived) and event.continues is not None:
        values.append(("continues.ended_on", event.continues.ended_on))
    return tuple((name, value) for name, value in values if isinstance(value, date) and not isinstance(value, datetime))
