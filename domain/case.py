"""The case: the whole state of one request, as an immutable value."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.calendar import CALENDARS, Calendar
from domain.events import RequestReceived
from domain.policy import POLICIES, Policy
from domain.reasons import Reason
from domain.vocabulary import (
    ALL_FORMS,
    SPECIALIST_FLAGS,
    AgencyRef,
    CaseRef,
    Consenter,
    Contact,
    DeadlineKind,
    Form,
    Side,
    Stage,
    Step,
    WaitKey,
    WaitKind,
    Whereabouts,
)
from domain.waits import Wait


@dataclass(frozen=True, slots=True)
class Rules:
    """The version of the process, the policy and the calendar that apply to a case, each by name."""

    version: int
    policy: str
    calendar: str


@dataclass(frozen=True, slots=True)
class AgencyCheck:
    """The check by one agency; `objection` is the reason of an objection that has not been withdrawn."""

    agency: AgencyRef
    objection: Reason | None = None
    challenged: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A meeting that has been arranged."""

    form: Form
    day: date
    joint_with: frozenset[CaseRef] = frozenset()


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
class Review:
    """A review of a decision; `result` is empty while the review is open."""

    requested_by: str
    result: str = ""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """The part of a case's state that a correction restores.

    `reason` is why the case ended, or was deferred for review. With `limited_access`, only named people may see the
    offender's record.
    """

    stage: Stage = Stage.REQUESTED
    step: Step = Step.SCREENING
    waits: tuple[Wait, ...] = ()
    route: tuple[AgencyRef, ...] = ()
    asked: tuple[AgencyRef, ...] = ()
    whereabouts: Whereabouts | None = None
    limited_access: bool = False
    responsible_agency: AgencyRef | None = None
    checks: tuple[AgencyCheck, ...] = ()
    ready: frozenset[Side] = frozenset()
    ruled_out: frozenset[Form] = frozenset()
    arrangement: Arrangement | None = None
    held_on: date | None = None
    follow_ups: int = 0
    reason: Reason | None = None
    ended_on: date | None = None
    ended_by: str = ""
    victim_died: bool = False


@dataclass(frozen=True, slots=True)
class UndoPoint:
    """The last entry that changed the step, and the state before it."""

    entry: str
    before: ProcessState


@dataclass(frozen=True, slots=True)
class Case:
    """One request for restorative justice. `version` counts its entries; a correction restores `progress` alone."""

    ref: CaseRef
    rules: Rules
    version: int
    request: RequestReceived
    received_at: datetime
    progress: ProcessState
    form: Form
    contact: Contact
    consents: tuple[Consent, ...] = ()
    specialist: bool = False
    facilitator: str = ""
    further_abuse: bool | None = None
    deadlines: tuple[Deadline, ...] = ()
    hold: Hold | None = None
    review: Review | None = None
    review_wait: Wait | None = None
    assigned_to: str = ""
    victim_updated_on: date | None = None
    undo_point: UndoPoint | None = None

    @property
    def stage(self) -> Stage:
        """The last milestone reached."""
        return self.progress.stage

    @property
    def step(self) -> Step:
        """What is being done now."""
        return self.progress.step

    @property
    def is_closed(self) -> bool:
        """Whether the case has ended, with or without a meeting."""
        return self.progress.step is Step.CLOSED

    @property
    def is_on_hold(self) -> bool:
        """Whether the case is on hold; a case that ended during a hold is not."""
        return self.hold is not None and not self.is_closed

    @property
    def needs_specialist(self) -> bool:
        """Whether the case needs a specialist facilitator and a risk review: sexual harm or domestic abuse."""
        return bool(self.request.flags & SPECIALIST_FLAGS)

    @property
    def policy(self) -> Policy:
        """The policy that its rules pin."""
        return POLICIES[self.rules.policy]

    @property
    def calendar(self) -> Calendar:
        """The calendar that its rules pin."""
        return CALENDARS[self.rules.calendar]


def active_waits(case: Case) -> tuple[Wait, ...]:
    """What the case waits for now: on hold, the hold alone; and an open review, in any state."""
    waits = (case.hold.wait,) if case.hold and case.is_on_hold else case.progress.waits
    return (*waits, case.review_wait) if case.review_wait else waits


def all_waits(case: Case) -> tuple[Wait, ...]:
    """Every wait of the case, also those that a hold pauses."""
    active = active_waits(case)
    return active + case.progress.waits if case.is_on_hold else active


def find_wait(case: Case, key: WaitKey) -> Wait | None:
    """The wait of `key`, paused or not."""
    return next((wait for wait in all_waits(case) if wait.key == key), None)


def waits_of(case: Case, *kinds: WaitKind) -> tuple[Wait, ...]:
    """The waits of the case that are of one of `kinds`, but for holds and reviews."""
    return tuple(wait for wait in case.progress.waits if wait.kind in kinds)


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
    if wait.kind is WaitKind.REVIEW:
        return replace(case, review_wait=wait)
    waits = tuple(wait if old.key == wait.key else old for old in case.progress.waits)
    return with_progress(case, waits=waits if wait in waits else (*waits, wait))


def without_waits(case: Case, *keys: WaitKey) -> Case:
    """The case without the waits of `keys`."""
    return with_progress(case, waits=tuple(wait for wait in case.progress.waits if wait.key not in keys))


def with_progress(case: Case, **changes: object) -> Case:
    """The case with these fields of its `progress` changed."""
    return replace(case, progress=replace(case.progress, **changes))  # type: ignore[arg-type]
