"""The case: the whole state of one request, as a value that never changes; every change makes a new one."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.calendar import CALENDARS, Calendar
from domain.events import RequestReceived
from domain.policy import POLICIES, Policy
from domain.reasons import Reason
from domain.vocabulary import (
    ALL_FORMS,
    AgencyRef,
    CaseRef,
    Consenter,
    Contact,
    DeadlineKind,
    Flag,
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
    """Under what a case runs: the version of the process, the policy and the calendar, each by name."""

    version: int
    policy: str
    calendar: str


@dataclass(frozen=True, slots=True)
class AgencyCheck:
    """Where one checker stands; `objection` is the reason of an objection that stands."""

    agency: AgencyRef
    objection: Reason | None = None
    challenged: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The meeting that is arranged."""

    form: Form
    day: date
    joint_with: frozenset[CaseRef] = frozenset()


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as it stands: the forms it allows, the day it was last confirmed, and how long it holds."""

    whose: Consenter
    forms: frozenset[Form]
    confirmed_on: date
    until: date | None = None

    def covers(self, form: Form, day: date) -> bool:
        """Whether a meeting of `form` on `day` is consented to."""
        return form in self.forms and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date outside the process; `warned` once the supervisor was told that it comes close."""

    kind: DeadlineKind
    on: date
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the case rests and since when; until when is the date of its wait."""

    reason: Reason
    since: date
    wait: Wait


@dataclass(frozen=True, slots=True)
class Review:
    """A decision that is being looked at again, or was."""

    requested_by: str
    result: str = ""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """Where the case stands: what an entry moves, and what a correction takes back.

    `reason` says why the case ended, or why it is not yet. `limited_access`: few may see the offender's record.
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
    """The last entry that changed the step, and how the case stood before it."""

    entry: str
    before: ProcessState


@dataclass(frozen=True, slots=True)
class Case:
    """One request for restorative justice. `version` counts its entries; facts outlive a correction, progress not."""

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
        """Whether the case rests; an ended case does not, even where it ended during a hold."""
        return self.hold is not None and not self.is_closed

    @property
    def needs_specialist(self) -> bool:
        """Whether sexual harm or domestic abuse asks for a specialist and a risk review."""
        return bool(self.request.flags & {Flag.SEXUAL_HARM, Flag.DOMESTIC_ABUSE})

    @property
    def policy(self) -> Policy:
        """The policy that its rules pin."""
        return POLICIES[self.rules.policy]

    @property
    def calendar(self) -> Calendar:
        """The calendar that its rules pin."""
        return CALENDARS[self.rules.calendar]


def active_waits(case: Case) -> tuple[Wait, ...]:
    """What the case waits for now: the hold alone while it rests; a pending review in any state."""
    waits = (case.hold.wait,) if case.hold and case.is_on_hold else case.progress.waits
    return (*waits, case.review_wait) if case.review_wait else waits


def all_waits(case: Case) -> tuple[Wait, ...]:
    """Every wait of the case, resting ones too."""
    active = active_waits(case)
    return active + case.progress.waits if case.is_on_hold else active


def find_wait(case: Case, key: WaitKey) -> Wait | None:
    """The wait named `key`, resting or not."""
    return next((wait for wait in all_waits(case) if wait.key == key), None)


def waits_of(case: Case, *kinds: WaitKind) -> tuple[Wait, ...]:
    """The waits of the current step and beside it that are of one of `kinds`."""
    return tuple(wait for wait in case.progress.waits if wait.kind in kinds)


def consent_of(case: Case, whose: Consenter) -> Consent | None:
    """The consent as it stands."""
    return next((consent for consent in case.consents if consent.whose is whose), None)


def allowed_forms(case: Case) -> frozenset[Form]:
    """The forms that nothing rules out and that no recorded consent leaves out."""
    forms = ALL_FORMS - case.progress.ruled_out
    for consent in case.consents:
        forms &= consent.forms
    return forms


def with_wait(case: Case, wait: Wait) -> Case:
    """The case with `wait` in the place of the one with the same key, wherever that one is held."""
    if case.hold and wait.kind is WaitKind.HOLD:
        return replace(case, hold=replace(case.hold, wait=wait))
    if wait.kind is WaitKind.REVIEW:
        return replace(case, review_wait=wait)
    others = tuple(wait if each.key == wait.key else each for each in case.progress.waits)
    if all(each.key != wait.key for each in others):
        others = (*others, wait)
    return replace(case, progress=replace(case.progress, waits=others))


def without_waits(case: Case, *keys: WaitKey) -> Case:
    """The case without the waits of these keys."""
    kept = tuple(wait for wait in case.progress.waits if wait.key not in keys)
    return replace(case, progress=replace(case.progress, waits=kept))


def with_progress(case: Case, **changes: object) -> Case:
    """The case with these fields of its progress changed."""
    return replace(case, progress=replace(case.progress, **changes))  # type: ignore[arg-type]
