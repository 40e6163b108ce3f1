"""Cases walked by real events under a running clock, with every notification."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from domain.authority import agency_waited_on
from domain.case import Case
from domain.due_events import next_due
from domain.effects import NotifySupervisor, NotifyVictim, effects
from domain.events import (
    Actor,
    AgencyCheckAnswered,
    ConsentRecorded,
    Event,
    FacilitatorAssigned,
    MeetingArranged,
    MeetingHeld,
    OffenderAnswered,
    OffenderApproached,
    ReadinessAssessed,
    Record,
    RequestReceived,
    RequestScreened,
    RiskAssessed,
    TraceAnswered,
    VictimAnswered,
)
from domain.intake import open_case
from domain.process import advance
from domain.reasons import Reason
from domain.steps import checks_outstanding
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    CaseRef,
    Consenter,
    Flag,
    Form,
    InitiatedBy,
    Role,
    Step,
    TakesPartAs,
    Whereabouts,
)

FIRST_DAY = date(2026, 3, 2)
REF = CaseRef("RJ-7Q2K-9F3M")
CASEWORKER = Actor(Role.CASEWORKER, "cw-1")
SUPERVISOR = Actor(Role.SUPERVISOR, "sv-1")
OTHER_SUPERVISOR = Actor(Role.SUPERVISOR, "sv-2")
TIMER = Actor(Role.TIMER)
SERVICE = Actor(Role.SERVICE)

REQUEST = RequestReceived(
    area="northshire",
    initiated_by=InitiatedBy.VICTIM,
    takes_part_as=TakesPartAs.DIRECT_VICTIM,
    offender_age_group=AgeGroup.ADULT,
    has_vlo=True,
)


def morning(day: int) -> datetime:
    """Nine in the morning, `day` days after the first."""
    return datetime.combine(FIRST_DAY + timedelta(days=day), time(9, tzinfo=UTC))


FOUND = TraceAnswered("found", Whereabouts.UNSUPERVISED)
ARRANGED = MeetingArranged(Form.LETTER, morning(60).date())


@dataclass(frozen=True)
class Walk:
    """A case, and its notifications so far with their times."""

    case: Case
    notifications: tuple[tuple[datetime, NotifyVictim | NotifySupervisor], ...] = ()

    @property
    def to_victim(self) -> tuple[tuple[datetime, NotifyVictim], ...]:
        """What the victim was told, and when."""
        return tuple((when, effect) for when, effect in self.notifications if isinstance(effect, NotifyVictim))

    @property
    def to_supervisor(self) -> tuple[NotifySupervisor, ...]:
        """What a supervisor was told."""
        return tuple(effect for _, effect in self.notifications if isinstance(effect, NotifySupervisor))

    def then(self, day: int, event: Event, by: Actor = CASEWORKER) -> "Walk":
        """The walk after `event` on the morning of `day`, and after all that the clock did before."""
        return self.until(day)._record(event, by, morning(day))

    def until(self, day: int) -> "Walk":
        """The walk on the morning of `day`, after all that the clock did before."""
        walk = self
        while (due := next_due(walk.case)) and due[0] <= morning(day):
            walk = walk._record(due[1], TIMER, due[0])
        return walk

    def assign_facilitator(self, day: int) -> "Walk":
        """The walk with a specialist facilitator and a risk assessment, without which nobody is approached."""
        walk = self.then(day, FacilitatorAssigned("fa-1", frozenset(Flag)), SUPERVISOR)
        return walk.then(day, RiskAssessed("direct", further_abuse=False, specialist_in=frozenset(Flag)))

    def answer_checks(self, day: int) -> "Walk":
        """The walk after every check that is awaited was answered without an objection."""
        walk = self.until(day)
        for wait in checks_outstanding(walk.case):
            by = replace(CASEWORKER, on_behalf_of=AgencyRef(agency_waited_on(wait)))
            walk = walk.then(day, AgencyCheckAnswered("no_objection"), by)
        return walk

    def _record(self, event: Event, by: Actor, now: datetime) -> "Walk":
        record = Record(f"entry-{self.case.version + 1}", event, by)
        after = advance(self.case, record, now)
        return Walk(after, (*self.notifications, *_notifications(self.case, after, record, now)))


def start_walk(request: RequestReceived = REQUEST, day: int = 0) -> Walk:
    """The walk that `request` begins."""
    record = Record("entry-1", request, CASEWORKER)
    case = open_case(REF, record, morning(day))
    return Walk(case, tuple(_notifications(None, case, record, morning(day))))


def _notifications(
    before: Case | None, after: Case, record: Record, now: datetime
) -> Iterator[tuple[datetime, NotifyVictim | NotifySupervisor]]:
    for effect in effects(before, after, record):
        if isinstance(effect, NotifyVictim | NotifySupervisor):
            yield now, effect


def at_each_step() -> dict[Step, Walk]:
    """A case at each step of an open one."""
    asking = start_walk(replace(REQUEST, initiated_by=InitiatedBy.COURT))
    screening = asking.then(1, VictimAnswered("wants"))
    tracing = screening.then(2, RequestScreened("proceed"))
    checking = tracing.then(3, FOUND)
    approaching = checking.assign_facilitator(4).answer_checks(4)
    reflecting = approaching.then(5, OffenderApproached())
    assessing = reflecting.then(6, OffenderAnswered("willing"))
    preparing = assessing.then(7, ReadinessAssessed("ready"))
    consented = preparing.then(8, ConsentRecorded(Consenter.VICTIM)).then(8, ConsentRecorded(Consenter.OFFENDER))
    walks = (asking, screening, tracing, checking, approaching, reflecting, assessing, consented)
    further = (
        assessing.then(7, ReadinessAssessed("not_yet", reason=Reason.THERAPY_FIRST)),
        consented.then(9, ARRANGED),
        consented.then(9, MeetingHeld(Form.LETTER, "completed")),
    )
    return {walk.case.step: walk for walk in (*walks, *further)}
