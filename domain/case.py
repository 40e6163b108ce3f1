"""The case: the whole state of one request, as an immutable value."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.calendar import Calendar
from domain.events import AskedAgency, RequestReceived
from domain.policy import Policy
from domain.reasons import Reason
from domain.rules import Rules
from domain.values import replace
from domain.vocabulary import (
    ALL_FORMS,
    SPECIALIST_FLAGS,
    AgencyRef,
    CaseRef,
    Condition,
    Consenter,
    Contact,
    DeadlineKind,
    Flag,
    Form,
    NewsKind,
    Side,
    Stage,
    Step,
    WaitKey,
    WaitKind,
    Whereabouts,
    wait_kind,
)
from domain.waits import Wait

RiskResult = Literal["direct", "indirect_only", "stop"]
ConcernResult = Literal["no_concern", "conditions", "decline"]
ContactResult = Literal["completed", "partial", "stopped_for_safety"]


@dataclass(frozen=True, slots=True)
class AgencyCheck:
    """The check by one agency, and what it requires of any contact since it cleared the case.

    `objection` is the reason of an objection that has not been withdrawn. Without `cleared_on` there is no clearance.
    """

    agency: AgencyRef
    objection: Reason | None = None
    challenged: bool = False
    cleared_on: date | None = None
    conditions: frozenset[Condition] = frozenset()
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A meeting that has been arranged."""

    form: Form
    day: date
    joint_with: frozenset[CaseRef] = frozenset()
    conditions: frozenset[Condition] = frozenset()


@dataclass(frozen=True, slots=True)
class Consent:
    """The forms that somebody consents to, the day on which they last confirmed it, and its last day, if it has one."""

    whose: Consenter
    forms: frozenset[Form]
    confirmed_on: date
    until: date | None = None

    def covers(self, form: Form, day: date) -> bool:
        """Whether a meeting of `form` on `day` is consented to."""
        return form in self.forms and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date outside the process; `warned` once a supervisor has been told that it is near."""

    kind: DeadlineKind
    on: date
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the case is on hold and since when; its wait has the day on which the hold should end."""

    reason: Reason
    since: date
    wait: Wait


@dataclass(frozen=True, slots=True)
class Facilitator:
    """Who facilitates, as the staff register says."""

    id: str
    specialist_in: frozenset[Flag] = frozenset()
    active: bool = True
    accredited_until: date | None = None


@dataclass(frozen=True, slots=True)
class RiskRecord:
    """The last risk assessment; it counts up to `valid_until`, in a flagged case only if a specialist made it."""

    assessed_on: date
    result: RiskResult
    further_abuse: bool
    specialist_in: frozenset[Flag]
    valid_until: date
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern about contact, and the wait for a supervisor's decision, which is open until there is a `result`.

    `raised_by` is an account of staff, or an agency as kind and id; `by_victim`: the victim raised it themselves.
    """

    reason: Reason
    raised_by: str
    raised_on: date
    wait: Wait
    result: ConcernResult | None = None
    conditions: frozenset[Condition] = frozenset()
    not_before: date | None = None
    by_victim: bool = False


@dataclass(frozen=True, slots=True)
class ReportedDeath:
    """A death that a caseworker has yet to confirm."""

    whose: Side
    wait: Wait


@dataclass(frozen=True, slots=True)
class HeldContact:
    """A contact that took place; `follow_ups` counts those of its follow-ups that are done or no longer due."""

    form: Form
    held_on: date
    result: ContactResult = "completed"
    agreement: bool = False
    follow_ups: int = 0


@dataclass(frozen=True, slots=True)
class Adult:
    """A side that came of age while the case was open, and the wait for their own consent until they gave it or not.

    `since` is the day of that entry: what was said before counts as said by a child.
    """

    side: Side
    since: date
    wait: Wait | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer to another area, and the wait for a supervisor there."""

    to_area: str
    proposed_on: date
    wait: Wait


@dataclass(frozen=True, slots=True)
class BadNews:
    """Bad news that a caseworker has yet to give the victim: what is so now, since the entry `entry`.

    `day` is a meeting day that was cancelled and of which the victim does not know that yet.
    """

    kind: NewsKind
    entry: str
    wait: Wait
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A review of a decision; `result` is empty while the review is open.

    It is `untold` where the victim asked for it and is told of its result once a person has given them bad news.
    """

    requested_by: str
    result: str = ""
    by_victim: bool = True
    untold: bool = False


@dataclass(frozen=True)
class ProcessState:
    """The part of a case's state that an entry may be undone in (`domain.transitions.entry_corrections`).

    `ready_on` is the day of the oldest assessment that `ready` depends on. `contacts` are in the order of recording.
    `reason` is why the case ended, or was deferred for review; `reason_of` is the side that it is about, where that is
    stated, and `reason_given` what a side said when it withdrew. With `limited_access`, only named people may see the
    offender's record. `yes_told`: the victim may know that the offender is willing. `reopened`: the case was reopened,
    and nothing that the victim may know has happened since.
    """

    stage: Stage = Stage.REQUESTED
    step: Step = Step.SCREENING
    waits: tuple[Wait, ...] = ()
    route: tuple[AgencyRef, ...] = ()
    whereabouts: Whereabouts | None = None
    limited_access: bool = False
    responsible_agency: AgencyRef | None = None
    may_also_answer: AgencyRef | None = None
    checks: tuple[AgencyCheck, ...] = ()
    ready: frozenset[Side] = frozenset()
    ruled_out: frozenset[Form] = frozenset()
    arrangement: Arrangement | None = None
    ready_on: date | None = None
    contacts: tuple[HeldContact, ...] = ()
    reason: Reason | None = None
    reason_given: Reason | None = None
    reason_of: Side | None = None
    ended_on: date | None = None
    ended_by: str = ""
    victim_died: bool = False
    yes_told: bool = False
    reopened: bool = False


@dataclass(frozen=True, slots=True)
class UndoPoint:
    """The last entry that changed the step, and the state before and after it.

    `notified` is the key of a message of it; `ruled_out` are types of contact that were ruled out since.
    """

    entry: str
    before: ProcessState
    after: ProcessState
    notified: str = ""
    ruled_out: frozenset[Form] = frozenset()


@dataclass(frozen=True)
class Case:
    """One request for restorative justice. `version` counts its entries; a correction changes `progress` alone.

    `area` is the one that has it now.

    `last_change` is the version of the last entry that was more than a note. `request` has the facts as they are known
    now; `original` is the request as it came, where they have been corrected.

    `asked` are the agencies that were ever asked. After `no_further_contact` nothing but follow-up takes place. While
    it is on hold and `quiet` the victim is sent nothing, and while they have `news` to be told no message but that.
    `told` is the entry of the last news that they were told. `updates` counts regular updates in a row without any
    other message. `victim_waits` are for a caseworker to do about acts of the victim; `first_contact` is
    what the victim waits for until somebody has spoken with them.
    """

    ref: CaseRef
    rules: Rules
    version: int
    request: RequestReceived
    received_at: datetime
    progress: ProcessState
    area: str
    form: Form
    contact: Contact
    consents: tuple[Consent, ...] = ()
    flags: frozenset[Flag] = frozenset()
    asked: tuple[AskedAgency, ...] = ()
    concerns: tuple[Concern, ...] = ()
    deaths: tuple[ReportedDeath, ...] = ()
    facilitator: Facilitator | None = None
    risk: RiskRecord | None = None
    no_further_contact: bool = False
    deadlines: tuple[Deadline, ...] = ()
    hold: Hold | None = None
    quiet: bool = False
    review: Review | None = None
    review_wait: Wait | None = None
    victim_waits: tuple[Wait, ...] = ()
    first_contact: Wait | None = None
    assigned_to: str = ""
    transfer: Transfer | None = None
    adults: tuple[Adult, ...] = ()
    news: BadNews | None = None
    told: str = ""
    offender_died: bool = False
    victim_updated_on: date | None = None
    updates: int = 0
    undo_point: UndoPoint | None = None
    last_change: int = 1
    original: RequestReceived | None = None

    @property
    def stage(self) -> Stage:
        """The last milestone reached."""
        return self.progress.stage

    @property
    def step(self) -> Step:
        """What is being done now."""
        return self.progress.step

    @property
    def day_of_request(self) -> date:
        """The day of the request: that on which it was referred to the service, or else received."""
        return self.request.referred_on or self.calendar.day_of(self.received_at)

    @property
    def is_closed(self) -> bool:
        """Whether the case has ended, with or without a meeting."""
        return self.progress.step is Step.CLOSED

    @property
    def is_on_hold(self) -> bool:
        """Whether the case is on hold; a case that ended during a hold is not."""
        return self.hold is not None and not self.is_closed

    @property
    def needs_specialist_in(self) -> frozenset[Flag]:
        """What its facilitator must be a specialist in: sexual harm, domestic abuse, stalking, or nothing."""
        return self.flags & SPECIALIST_FLAGS

    @property
    def policy(self) -> Policy:
        """The policy of its rules."""
        return self.rules.policy

    @property
    def calendar(self) -> Calendar:
        """The calendar of its rules."""
        return self.rules.calendar


def active_waits(case: Case) -> tuple[Wait, ...]:
    """What the case waits for now: on hold, the hold alone; in any state what is to be decided and to be told."""
    waits = (case.hold.wait,) if case.hold and case.is_on_hold else case.progress.waits
    if case.first_contact is not None and not (case.is_closed or case.is_on_hold):
        waits = (*waits, case.first_contact)
    in_any_state = (*(concern.wait for concern in open_concerns(case)), *(death.wait for death in case.deaths))
    if case.news is not None:
        in_any_state = (*in_any_state, case.news.wait)
    if case.transfer is not None:
        in_any_state = (*in_any_state, case.transfer.wait)
    if not case.is_closed:
        in_any_state = (*in_any_state, *(adult.wait for adult in case.adults if adult.wait))
    waits = (*in_any_state, *waits, *((case.review_wait,) if case.review_wait else ()), *case.victim_waits)
    return tuple(wait for wait in waits if wait.paused_since is None)


def open_concerns(case: Case) -> tuple[Concern, ...]:
    """The concerns that no supervisor has decided."""
    return tuple(concern for concern in case.concerns if concern.result is None)


def all_waits(case: Case) -> tuple[Wait, ...]:
    """Every wait of the case, also those that a hold, a concern or a reported death pauses."""
    active = active_waits(case)
    waits = (*case.progress.waits, *case.victim_waits, *(() if case.is_closed else parallel_waits(case)))
    return (*active, *(wait for wait in waits if wait not in active))


def parallel_waits(case: Case) -> tuple[Wait, ...]:
    """The waits that run in parallel with the steps: for the first contact, and for the consents of new adults."""
    first_contact = (case.first_contact,) if case.first_contact else ()
    return (*first_contact, *(adult.wait for adult in case.adults if adult.wait)) if case.adults else first_contact


def find_wait(case: Case, key: WaitKey) -> Wait | None:
    """The wait of `key`, paused or not."""
    return next((wait for wait in all_waits(case) if wait.key == key), None)


def waits_of(case: Case, *kinds: WaitKind) -> tuple[Wait, ...]:
    """The waits of the case that are of one of `kinds`, but for holds and reviews."""
    waits = case.progress.waits
    return tuple([wait for wait in waits if wait_kind(wait.key) in kinds]) if waits else ()


def consent_of(case: Case, whose: Consenter) -> Consent | None:
    """The present consent of `whose`, if any was recorded."""
    return next((consent for consent in case.consents if consent.whose is whose), None)


def allowed_forms(case: Case) -> frozenset[Form]:
    """The forms that are not ruled out and that every recorded consent includes."""
    forms = ALL_FORMS - case.progress.ruled_out
    for consent in case.consents:
        forms &= consent.forms
    return forms


def with_wait(case: Case, wait: Wait) -> Case:
    """The case with `wait` added, or put in place of the one with the same key."""
    if case.hold and wait.kind is WaitKind.HOLD:
        return replace(case, hold=replace(case.hold, wait=wait))
    match wait.kind:
        case WaitKind.REVIEW:
            return replace(case, review_wait=wait)
        case WaitKind.TRANSFER if case.transfer:
            return replace(case, transfer=replace(case.transfer, wait=wait))
        case WaitKind.REPLY | WaitKind.SAFE_CALL | WaitKind.CONCERN_ANSWER:
            waits = tuple(wait if old.key == wait.key else old for old in case.victim_waits)
            return replace(case, victim_waits=waits)
        case WaitKind.OWN_CONSENT:
            adults = (replace(old, wait=wait) if old.wait and old.wait.key == wait.key else old for old in case.adults)
            return replace(case, adults=tuple(adults))
        case WaitKind.CONCERN:
            concerns = tuple(replace(old, wait=wait) if old.wait.key == wait.key else old for old in case.concerns)
            return replace(case, concerns=concerns)
        case WaitKind.DEATH:
            deaths = tuple(replace(old, wait=wait) if old.wait.key == wait.key else old for old in case.deaths)
            return replace(case, deaths=deaths)
        case WaitKind.FIRST_CONTACT:
            return replace(case, first_contact=wait)
        case WaitKind.TELL if case.news is not None:
            return replace(case, news=replace(case.news, wait=wait))
        case _:
            pass
    waits = tuple(wait if old.key == wait.key else old for old in case.progress.waits)
    return with_progress(case, waits=waits if wait in waits else (*waits, wait))


def without_waits(case: Case, *keys: WaitKey) -> Case:
    """The case without the waits of `keys`."""
    if not keys:
        return case
    return with_progress(case, waits=tuple(wait for wait in case.progress.waits if wait.key not in keys))


def with_progress(case: Case, **changes: object) -> Case:
    """The case with these fields of its `progress` changed."""
    return replace(case, progress=replace(case.progress, **changes))  # type: ignore[arg-type]
