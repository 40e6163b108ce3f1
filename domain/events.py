"""What can be recorded in a case: one frozen class for each event, with the name that is stored and sent.

Field values are codes, dates, counts and references: free text and personal details stay in the vault, and an entry
carries at most the vault's id of a note.
"""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import ClassVar, Literal, get_args

from domain.calendar import Calendar
from domain.policy import Policy
from domain.reasons import Reason
from domain.vocabulary import (
    AgeGroup,
    AgencyKind,
    AgencyRef,
    AskProblem,
    CaseRef,
    CircumstanceChange,
    Condition,
    Consenter,
    Contact,
    DeadlineKind,
    Disposal,
    Flag,
    Form,
    Harm,
    InitiatedBy,
    Measure,
    Offence,
    Role,
    Satisfaction,
    Side,
    Stage,
    TakesPartAs,
    WaitKey,
    Whereabouts,
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who records an event: `id` is an account of staff or an agency, whose `kind` and `area` come from the directory.

    `on_behalf_of` is the agency that staff record for; the area of a national agency is empty.
    """

    role: Role
    id: str = ""
    kind: AgencyKind | None = None
    area: str = ""
    on_behalf_of: AgencyRef | None = None

    @property
    def is_for_agency(self) -> bool:
        """Whether this is an agency, or staff on behalf of one."""
        return self.role is Role.AGENCY or self.on_behalf_of is not None


@dataclass(frozen=True, slots=True)
class AskedAgency:
    """An agency that was asked in a case, with the area of the case at that time."""

    agency: AgencyRef
    area: str


@dataclass(frozen=True, slots=True)
class Continuation:
    """The ended case that a request reopens, from its case file.

    `not_before` is the latest day of its conditions of that name. `is_blocked` says that a concern was open or upheld
    at its end, so that one is open in the new case from the start.
    """

    ref: CaseRef
    stage: Stage
    ended_on: date
    reason: Reason | None = None
    from_stage: Stage = Stage.REQUESTED
    review_upheld: bool = False
    whereabouts: Whereabouts | None = None
    responsible_agency: AgencyRef | None = None
    limited_access: bool = False
    flags: frozenset[Flag] = frozenset()
    ruled_out: frozenset[Form] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    not_before: date | None = None
    asked: tuple[AskedAgency, ...] = ()
    is_blocked: bool = False
    may_also_answer: AgencyRef | None = None


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """Somebody asks for restorative justice.

    `referred_by` is the agency that passed the request on, or `person`; empty: nobody. `referred_on` is when.
    """

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
    offence: Offence = Offence.NOT_STATED
    flags: frozenset[Flag] = frozenset()
    contact: Contact = Contact.EMAIL
    disposal: Disposal = Disposal.CONVICTED
    continues: Continuation | None = None
    referred_by: str = ""
    referred_on: date | None = None


@dataclass(frozen=True, slots=True)
class VictimAnswered:
    """The victim says whether they want restorative justice."""

    name: ClassVar[str] = "victim_answered"
    answer: Literal["wants", "needs_time", "does_not"]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ContactMade:
    """A caseworker was in contact with the victim for the first time; an automatic message is none."""

    name: ClassVar[str] = "contact_made"


@dataclass(frozen=True, slots=True)
class RequestScreened:
    """The request is accepted or refused."""

    name: ClassVar[str] = "request_screened"
    answer: Literal["proceed", "refuse"]
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class TraceAnswered:
    """An agency says whether it knows where the offender is; `limited_access` restricts who may see the record.

    `may_also_answer` may approach the offender too, such as the community officer of somebody in custody.
    """

    name: ClassVar[str] = "trace_answered"
    answer: Literal["found", "not_found", "restricted", "not_ours", "ambiguous", "deceased"]
    whereabouts: Whereabouts | None = None
    responsible_agency: AgencyRef | None = None
    candidates: str = ""
    limited_access: bool = False
    may_also_answer: AgencyRef | None = None


@dataclass(frozen=True, slots=True)
class CandidateChosen:
    """A caseworker confirms which of several people is meant."""

    name: ClassVar[str] = "candidate_chosen"
    whereabouts: Whereabouts
    responsible_agency: AgencyRef | None = None
    candidate: str = ""
    may_also_answer: AgencyRef | None = None


@dataclass(frozen=True, slots=True)
class NoResponseRecorded:
    """A supervisor stops waiting for an agency."""

    name: ClassVar[str] = "no_response_recorded"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class AskReturned:
    """An agency says that it is not the right one to answer."""

    name: ClassVar[str] = "ask_returned"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class InformationRequested:
    """An agency has to know more before it can answer; the note says what. `wait` says which of several requests."""

    name: ClassVar[str] = "information_requested"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class InformationGiven:
    """A caseworker has given what an agency asked for, and the request is sent again."""

    name: ClassVar[str] = "information_given"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class AskFailed:
    """The ask of `wait` cannot be delivered, and sending it again unchanged would not help."""

    name: ClassVar[str] = "ask_failed"
    wait: WaitKey
    problem: AskProblem


@dataclass(frozen=True, slots=True)
class AskRetried:
    """An ask that could not be delivered is sent again; `wait` says which of several."""

    name: ClassVar[str] = "ask_retried"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class RouteExtended:
    """A supervisor names a further agency, or another instead of one; `wait` says for which of several things."""

    name: ClassVar[str] = "route_extended"
    agency: AgencyRef
    instead_of: AgencyRef | None = None
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class AgencyCheckAnswered:
    """An agency says whether restorative justice may be offered."""

    name: ClassVar[str] = "agency_check_answered"
    answer: Literal["no_objection", "objection"]
    reason: Reason | None = None
    conditions: frozenset[Condition] = frozenset()
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class ObjectionChallenged:
    """A caseworker asks an objecting agency to reconsider."""

    name: ClassVar[str] = "objection_challenged"
    agency: AgencyRef | None = None


@dataclass(frozen=True, slots=True)
class FacilitatorAssigned:
    """Somebody is assigned to facilitate; what else it says of them comes from the staff register.

    They are trained for the flags in `specialist_in`. Without `accredited_until` their accreditation has no last day.
    """

    name: ClassVar[str] = "facilitator_assigned"
    facilitator: str
    specialist_in: frozenset[Flag] = frozenset()
    accredited_until: date | None = None


@dataclass(frozen=True, slots=True)
class FacilitatorChanged:
    """The staff register says something else of the case's facilitator, who may facilitate at all if `active`."""

    name: ClassVar[str] = "facilitator_changed"
    facilitator: str
    active: bool
    specialist_in: frozenset[Flag] = frozenset()
    accredited_until: date | None = None


@dataclass(frozen=True, slots=True)
class RiskAssessed:
    """A facilitator assessed the risk of contact; for which flags they are a specialist comes from the staff register.

    `reassess_by` is the last day on which the result counts, if that is sooner than the policy says.
    """

    name: ClassVar[str] = "risk_assessed"
    result: Literal["direct", "indirect_only", "stop"]
    further_abuse: bool
    facilitator: str = ""
    specialist_in: frozenset[Flag] = frozenset()
    harms: frozenset[Harm] = frozenset()
    measures: frozenset[Measure] = frozenset()
    reassess_by: date | None = None


@dataclass(frozen=True, slots=True)
class RiskExpired:
    """The last risk assessment no longer counts."""

    name: ClassVar[str] = "risk_expired"


@dataclass(frozen=True, slots=True)
class ConcernRaised:
    """Somebody says that contact may not be safe; `flags` adds what the crime turns out to have involved."""

    name: ClassVar[str] = "concern_raised"
    reason: Reason
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class ConcernDecided:
    """A supervisor decides a concern; `wait` says which of several."""

    name: ClassVar[str] = "concern_decided"
    result: Literal["no_concern", "conditions", "decline"]
    wait: WaitKey | None = None
    conditions: frozenset[Condition] = frozenset()
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class FlagsChanged:
    """What the crime involved turns out to be more, or less."""

    name: ClassVar[str] = "flags_changed"
    change: Literal["add", "remove"]
    flags: frozenset[Flag]
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ContactReported:
    """The offender and the victim were in contact outside the process."""

    name: ClassVar[str] = "contact_reported"


@dataclass(frozen=True, slots=True)
class OffenderApproached:
    """The offender has been told of the request."""

    name: ClassVar[str] = "offender_approached"


@dataclass(frozen=True, slots=True)
class OffenderAnswered:
    """The offender says whether they want to take part; `may_be_told`: the victim may know at once that they do."""

    name: ClassVar[str] = "offender_answered"
    answer: Literal["willing", "needs_time", "unwilling"]
    until: date | None = None
    may_be_told: bool = False


@dataclass(frozen=True, slots=True)
class ReadinessAssessed:
    """The result of an assessment; without `whose`, of both sides."""

    name: ClassVar[str] = "readiness_assessed"
    answer: Literal["ready", "ready_if_accepted", "not_yet", "unsuitable"]
    whose: Side | None = None
    reason: Reason | None = None
    reasons: frozenset[Reason] = frozenset()
    review_on: date | None = None
    forms: frozenset[Form] = frozenset()


@dataclass(frozen=True, slots=True)
class ConsentRecorded:
    """A consent is given or confirmed, narrowed to `forms`, or withdrawn; without forms, for all of them."""

    name: ClassVar[str] = "consent_recorded"
    whose: Consenter
    what: Literal["given", "narrowed", "withdrawn"] = "given"
    forms: frozenset[Form] = frozenset()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class MessagePassed:
    """A letter or message was passed on, or a round of shuttle mediation took place."""

    name: ClassVar[str] = "message_passed"
    form: Form
    sender: Literal["victim", "offender", "both"]


@dataclass(frozen=True, slots=True)
class ProgressRecorded:
    """Something was done that changes no step: renews `wait`, or every wait on the one who records it."""

    name: ClassVar[str] = "progress_recorded"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """Somebody adds a note; the record carries the vault's id of it."""

    name: ClassVar[str] = "note_added"


@dataclass(frozen=True, slots=True)
class FactsCorrected:
    """What the request says was wrong; what is not named stays as it is.

    `whereabouts` are those of the offender, and `responsible_agency` works with them there.
    """

    name: ClassVar[str] = "facts_corrected"
    offender_age_group: AgeGroup | None = None
    has_vlo: bool | None = None
    offence: Offence | None = None
    incident: str = ""
    takes_part_as: TakesPartAs | None = None
    referred_by: str = ""
    whereabouts: Whereabouts | None = None
    responsible_agency: AgencyRef | None = None


@dataclass(frozen=True, slots=True)
class FormChanged:
    """Both sides now plan another form."""

    name: ClassVar[str] = "form_changed"
    form: Form


@dataclass(frozen=True, slots=True)
class MeetingArranged:
    """A day is set; `joint_with` names other cases of the incident that meet at the same time.

    `conditions` are those of the agencies and supervisors that the arrangement meets.
    """

    name: ClassVar[str] = "meeting_arranged"
    form: Form
    day: date
    joint_with: frozenset[CaseRef] = frozenset()
    conditions: frozenset[Condition] = frozenset()


@dataclass(frozen=True, slots=True)
class MeetingPostponed:
    """The arranged day is cancelled."""

    name: ClassVar[str] = "meeting_postponed"
    reason: Reason


@dataclass(frozen=True, slots=True)
class MeetingHeld:
    """The meeting, or the exchange that replaced it, took place; without `on`, today."""

    name: ClassVar[str] = "meeting_held"
    form: Form
    result: Literal["completed", "partial", "stopped_for_safety"]
    agreement: bool = False
    on: date | None = None


@dataclass(frozen=True, slots=True)
class FollowUpRecorded:
    """A follow-up after a contact: was the agreement kept? `wait` says which of several."""

    name: ClassVar[str] = "follow_up_recorded"
    agreement_kept: Literal["met", "not_met", "none"]
    report_to: str = ""
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class FollowUpAdded:
    """A further follow-up is due on a day."""

    name: ClassVar[str] = "follow_up_added"
    on: date


@dataclass(frozen=True, slots=True)
class FollowUpEnded:
    """No more follow-ups are needed: of the contact that `wait` belongs to, or of any contact."""

    name: ClassVar[str] = "follow_up_ended"
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class AnotherContactPlanned:
    """After a contact, the two sides want another one."""

    name: ClassVar[str] = "another_contact_planned"
    form: Form


@dataclass(frozen=True, slots=True)
class ContactPlanDropped:
    """The other contact will not take place; the follow-up of the earlier ones continues."""

    name: ClassVar[str] = "contact_plan_dropped"


@dataclass(frozen=True, slots=True)
class FeedbackRecorded:
    """Somebody who took part says how it was, and whether it met what they needed; a later one replaces an earlier."""

    name: ClassVar[str] = "feedback_recorded"
    whose: Side
    satisfaction: Satisfaction | None = None
    needs_met: Literal["yes", "partly", "no"] | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A side no longer wants to go on; nobody has to say why."""

    name: ClassVar[str] = "withdrawn"
    whose: Side
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class CircumstancesChanged:
    """The offender's situation changed, and perhaps the responsible agency."""

    name: ClassVar[str] = "circumstances_changed"
    change: CircumstanceChange
    responsible_agency: AgencyRef | None = None
    whereabouts: Whereabouts | None = None
    may_also_answer: AgencyRef | None = None


@dataclass(frozen=True, slots=True)
class DeathReported:
    """Somebody says that the victim or the offender has died."""

    name: ClassVar[str] = "death_reported"
    whose: Side


@dataclass(frozen=True, slots=True)
class DeathConfirmed:
    """A caseworker has confirmed a reported death."""

    name: ClassVar[str] = "death_confirmed"
    whose: Side


@dataclass(frozen=True, slots=True)
class DeathNotConfirmed:
    """A reported death was a mistake."""

    name: ClassVar[str] = "death_not_confirmed"
    whose: Side


@dataclass(frozen=True, slots=True)
class DeadlineNoted:
    """A date outside the process, of which a supervisor is warned beforehand."""

    name: ClassVar[str] = "deadline_noted"
    kind: DeadlineKind
    on: date


@dataclass(frozen=True, slots=True)
class DeclinedByService:
    """The service ends the case without a meeting; `whose` is the side that the reason is about."""

    name: ClassVar[str] = "declined_by_service"
    reason: Reason
    whose: Side | None = None


@dataclass(frozen=True, slots=True)
class PutOnHold:
    """Asks and timers are paused, for four weeks if no day is given; `quiet`: the victim gets no messages meanwhile."""

    name: ClassVar[str] = "put_on_hold"
    reason: Reason
    until: date | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Resumed:
    """The hold ends; each wait keeps the time that was left."""

    name: ClassVar[str] = "resumed"


@dataclass(frozen=True, slots=True)
class ContactPreferenceChanged:
    """How the victim wants to be contacted from now on."""

    name: ClassVar[str] = "contact_preference_changed"
    contact: Contact


@dataclass(frozen=True, slots=True)
class VictimTold:
    """A person gave the victim bad news, or could not reach them after several attempts; without `on`, today."""

    name: ClassVar[str] = "victim_told"
    how: Literal["telephone", "in_person", "video_call", "supporter", "already_knew", "not_wanted", "not_reached"]
    on: date | None = None
    wait: WaitKey | None = None


@dataclass(frozen=True, slots=True)
class WaitExtended:
    """A supervisor extends the due date of a wait."""

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
class CameOfAge:
    """Somebody who was under 18 is 18 now; the day is not stated, so that no birthday shows."""

    name: ClassVar[str] = "came_of_age"
    whose: Side


@dataclass(frozen=True, slots=True)
class TransferProposed:
    """Another area is to take the case over; `consent` says that the victim agrees."""

    name: ClassVar[str] = "transfer_proposed"
    to_area: str
    consent: bool = False


@dataclass(frozen=True, slots=True)
class TransferAccepted:
    """The other area takes the case over."""

    name: ClassVar[str] = "transfer_accepted"


@dataclass(frozen=True, slots=True)
class TransferDeclined:
    """The other area does not take the case over."""

    name: ClassVar[str] = "transfer_declined"


@dataclass(frozen=True, slots=True)
class TransferWithdrawn:
    """The case is not to be transferred after all."""

    name: ClassVar[str] = "transfer_withdrawn"


@dataclass(frozen=True, slots=True)
class TransferredOut:
    """A service that does not run here takes the case over, so that it ends here."""

    name: ClassVar[str] = "transferred_out"
    agency: AgencyRef


@dataclass(frozen=True, slots=True)
class EntryCorrected:
    """The last entry that changed the step was wrong and is undone."""

    name: ClassVar[str] = "entry_corrected"
    which: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VictimReplied:
    """The victim replied to a message: a caseworker reads it, and records that they have."""

    name: ClassVar[str] = "victim_replied"


@dataclass(frozen=True, slots=True)
class WithdrawalChecked:
    """A caseworker rang a victim who had withdrawn by their link, at the safe number: was it their own wish?"""

    name: ClassVar[str] = "withdrawal_checked"
    result: Literal["confirmed", "not_their_wish"]


@dataclass(frozen=True, slots=True)
class ReviewRequested:
    """Somebody asks for a decision to be reviewed."""

    name: ClassVar[str] = "review_requested"
    by_whom: Literal["victim", "offender"] = "victim"


@dataclass(frozen=True, slots=True)
class ReviewDecided:
    """A supervisor who was not involved decides the review."""

    name: ClassVar[str] = "review_decided"
    result: Literal["upheld", "not_upheld"]


@dataclass(frozen=True, slots=True)
class RulesAdopted:
    """Another version of the rules, another policy or both apply from now on."""

    name: ClassVar[str] = "rules_adopted"
    version: int
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class CalendarUpdated:
    """A newer calendar of bank holidays applies from now on."""

    name: ClassVar[str] = "calendar_updated"
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Chased:
    """A reminder: by the clock on its day, or by staff to an agency at any time."""

    name: ClassVar[str] = "chased"
    wait: WaitKey


@dataclass(frozen=True, slots=True)
class BecameOverdue:
    """A wait ran out: a supervisor is told, and the case goes on waiting."""

    name: ClassVar[str] = "became_overdue"
    wait: WaitKey


@dataclass(frozen=True, slots=True)
class SecondNotice:
    """An overdue wait is still open; the supervisor is told again."""

    name: ClassVar[str] = "second_notice"
    wait: WaitKey


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """The day of the readiness review has come."""

    name: ClassVar[str] = "review_due"


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """The last day of the hold has passed; the case does not resume by itself."""

    name: ClassVar[str] = "hold_ended"


@dataclass(frozen=True, slots=True)
class DeadlineNear:
    """A noted date is near."""

    name: ClassVar[str] = "deadline_near"
    kind: DeadlineKind
    on: date


@dataclass(frozen=True, slots=True)
class VictimUpdated:
    """The victim is sent the regular update."""

    name: ClassVar[str] = "victim_updated"


Event = (
    RequestReceived
    | VictimAnswered
    | ContactMade
    | RequestScreened
    | TraceAnswered
    | CandidateChosen
    | NoResponseRecorded
    | AskReturned
    | InformationRequested
    | InformationGiven
    | AskFailed
    | AskRetried
    | RouteExtended
    | AgencyCheckAnswered
    | ObjectionChallenged
    | FacilitatorAssigned
    | FacilitatorChanged
    | RiskAssessed
    | RiskExpired
    | ConcernRaised
    | ConcernDecided
    | FlagsChanged
    | ContactReported
    | OffenderApproached
    | OffenderAnswered
    | ReadinessAssessed
    | ConsentRecorded
    | MessagePassed
    | ProgressRecorded
    | NoteAdded
    | FactsCorrected
    | FormChanged
    | MeetingArranged
    | MeetingPostponed
    | MeetingHeld
    | FollowUpRecorded
    | FeedbackRecorded
    | FollowUpAdded
    | FollowUpEnded
    | AnotherContactPlanned
    | ContactPlanDropped
    | Withdrawn
    | CircumstancesChanged
    | DeathReported
    | DeathConfirmed
    | DeathNotConfirmed
    | DeadlineNoted
    | DeclinedByService
    | PutOnHold
    | Resumed
    | ContactPreferenceChanged
    | VictimTold
    | WaitExtended
    | Reassigned
    | CameOfAge
    | TransferProposed
    | TransferAccepted
    | TransferDeclined
    | TransferWithdrawn
    | TransferredOut
    | EntryCorrected
    | VictimReplied
    | WithdrawalChecked
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


@dataclass(frozen=True, slots=True)
class Record:
    """An event that somebody wants to record.

    `id` is unique for ever: a second record with the same id changes nothing. `note` is the vault's id of a free text.
    `inbox` is the inbox message that it came in; 0: none. `occurred_on` is the day on which it happened; by default
    that on which it is recorded.
    """

    id: str
    event: Event
    by: Actor
    expected_version: int | None = None
    note: str = ""
    inbox: int = 0
    occurred_on: date | None = None


def field_names(event: type[Event]) -> tuple[str, ...]:
    """The names of an event's fields, in order."""
    return tuple(field.name for field in fields(event))


_REACH = timedelta(days=366 * 50)
"""A day further away is a typing error, and counting the working days to it would take too long."""


def is_within_reach(day: date, today: date) -> bool:
    """Whether `day` is at most about fifty years from `today`."""
    return abs(day - today) <= _REACH


def dates_of(event: Event) -> tuple[tuple[str, date], ...]:
    """The dates in an event, each with the name of its field."""
    values = [(name, getattr(event, name)) for name in _DATE_FIELDS[type(event)]]
    if isinstance(event, RequestReceived) and event.continues is not None:
        values.append(("continues.ended_on", event.continues.ended_on))
        values.append(("continues.not_before", event.continues.not_before))
    return tuple((name, value) for name, value in values if value is not None)


_DATE_FIELDS: dict[type[Event], tuple[str, ...]] = {
    event: tuple(field.name for field in fields(event) if date in (field.type, *get_args(field.type)))
    for event in EVENTS.values()
}
