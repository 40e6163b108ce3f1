"""How a case enters a step: which waits start there, and which earlier ones continue."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import Calendar
from domain.case import AgencyCheck, Case, consent_of, waits_of, with_progress, with_wait, without_waits
from domain.events import AskedAgency, Record
from domain.policy import Unit
from domain.reasons import Reason
from domain.refusals import refuse_if
from domain.values import replace
from domain.vocabulary import (
    AgeGroup,
    AgencyKind,
    AgencyRef,
    Consenter,
    Refusal,
    Side,
    Stage,
    Step,
    TakesPartAs,
    WaitKey,
    WaitKind,
    is_agency,
    subject_of,
    wait_key,
    wait_kind,
)
from domain.waits import Wait, create_wait, renew, set_due

CASEWORKER = "caseworker"
SUPERVISOR = "supervisor"

CHECK_KINDS = (WaitKind.AGENCY_CHECK, WaitKind.OBJECTION)

STAGE_OF_STEP: dict[Step, Stage] = {
    Step.ASKING_VICTIM: Stage.REQUESTED,
    Step.SCREENING: Stage.REQUESTED,
    Step.TRACING: Stage.REQUESTED,
    Step.AGENCY_CHECK: Stage.OFFENDER_TRACED,
    Step.APPROACHING: Stage.OFFENDER_TRACED,
    Step.REFLECTING: Stage.OFFENDER_APPROACHED,
    Step.ASSESSING: Stage.OFFENDER_APPROACHED,
    Step.NOT_YET: Stage.READINESS_ASSESSED,
    Step.PREPARING: Stage.READINESS_ASSESSED,
    Step.SCHEDULED: Stage.READINESS_ASSESSED,
    Step.FOLLOWING_UP: Stage.MEETING_HELD,
}
"""The stage that a case at each step has reached at least; `closed` follows any."""

_STAGES = tuple(Stage)

CONTACT_STEPS = frozenset(
    {Step.AGENCY_CHECK, Step.APPROACHING, Step.REFLECTING, Step.ASSESSING, Step.PREPARING, Step.SCHEDULED}
)
"""The steps at which contact is being prepared, so that whatever blocks it must be somebody's task."""

CHECKED_IN_PARALLEL = frozenset({Step.REFLECTING, Step.ASSESSING, Step.NOT_YET, Step.PREPARING, Step.SCHEDULED})
"""The steps at which agencies' checks run in parallel."""
CHECKED = CHECKED_IN_PARALLEL | {Step.AGENCY_CHECK}


@dataclass(frozen=True)
class TransitionContext:
    """What a transition may use besides the case and the event: the whole record, the case's time and calendar."""

    record: Record
    now: datetime
    calendar: Calendar

    @functools.cached_property
    def today(self) -> date:
        """The day of `now` in London."""
        return self.calendar.day_of(self.now)

    @property
    def event_day(self) -> date:
        """The day on which it happened."""
        return self.record.occurred_on or self.today


def start_wait(case: Case, kind: WaitKind, waiting_on: str, now: datetime, detail: str = "") -> Case:
    """The case with a new wait of `kind` on `waiting_on`; an agency is asked."""
    if is_agency(waiting_on):
        asked = AskedAgency(AgencyRef(waiting_on), case.area)
        case = case if asked in case.asked else replace(case, asked=(*case.asked, asked))
    # A case that was referred earlier is counted from then on.
    counted_from = case.day_of_request if case.version == 1 else None
    return with_wait(case, create_policy_wait(case, kind, waiting_on, now, detail, counted_from))


def create_policy_wait(
    case: Case, kind: WaitKind, waiting_on: str, now: datetime, detail: str = "", counted_from: date | None = None
) -> Wait:
    """A wait of `kind` that starts now, and runs for as long as the policy of the case says."""
    policy = case.policy.waits[kind]
    return create_wait(wait_key(kind, detail), waiting_on, policy, now, case.version, case.calendar, counted_from)


def create_urgent_wait(
    case: Case, kind: WaitKind, waiting_on: str, context: TransitionContext, detail: str = ""
) -> Wait:
    """A wait that runs on hold and after the end too, and is always due before a meeting day that is set."""
    wait = create_policy_wait(case, kind, waiting_on, context.now, detail)
    arrangement = case.progress.arrangement
    if arrangement is None:
        return wait
    eve = max(context.today, arrangement.day - timedelta(days=1))
    return replace(wait, due_on=min(wait.due_on, eve))


def start_victim_wait(case: Case, kind: WaitKind, context: TransitionContext) -> Case:
    """The case in which a caseworker has to do something about an act of the victim, on hold and after the end too."""
    wait = create_urgent_wait(case, kind, CASEWORKER, context)
    known = next((old for old in case.victim_waits if old.kind is kind), None)
    if known is not None:
        return with_wait(case, replace(known, due_on=min(known.due_on, wait.due_on)))
    return replace(case, victim_waits=(*case.victim_waits, wait))


def find_pause_start(case: Case, context: TransitionContext) -> date:
    """The day since which a wait rests that is paused now: a hold may have paused it already."""
    return case.hold.since if case.hold is not None and case.is_on_hold else context.today


def start_fixed_wait(
    case: Case, kind: WaitKind, now: datetime, due_on: date, detail: str = "", chase_on: date | None = None
) -> Case:
    """The case with a new wait on a caseworker that is due on a given day."""
    today = case.calendar.day_of(now)
    wait = Wait(
        wait_key(kind, detail), CASEWORKER, now, Unit.FIXED, counted_from=today, due_on=due_on, chase_on=chase_on
    )
    return with_wait(case, wait)


def enter(case: Case, step: Step, now: datetime) -> Case:
    """The case at `step`, with the waits that start there and the earlier ones that continue."""
    stage = max(case.stage, STAGE_OF_STEP[step], key=_STAGES.index)
    waits = tuple(wait for wait in case.progress.waits if is_kept_at(wait, step))
    return case.rules.process.starts[step](with_progress(case, step=step, stage=stage, waits=waits), now)


def is_kept_at(wait: Wait, step: Step) -> bool:
    """Whether `wait` continues at `step`: checks but for the approach, an assessment while preparing, follow-ups."""
    subject = subject_of(wait.key)
    if wait.kind in (WaitKind.RISK, WaitKind.FACILITATOR):
        return step in CONTACT_STEPS
    if step in CHECKED and is_for(subject, *CHECK_KINDS):
        return True
    if wait.kind is WaitKind.FOLLOW_UP:
        return True
    return step is Step.PREPARING and is_for(subject, WaitKind.ASSESSMENT)


def is_for(key: WaitKey, *kinds: WaitKind) -> bool:
    """Whether the wait of `key` is for one of `kinds`, or for a supervisor to name another agency for it."""
    return wait_kind(key) in kinds or key.startswith(_substitute_keys(kinds))


@functools.cache
def _substitute_keys(kinds: tuple[WaitKind, ...]) -> tuple[WaitKey, ...]:
    return tuple(wait_key(WaitKind.SUBSTITUTE, kind.value) for kind in kinds)


def outstanding(case: Case, *kinds: WaitKind) -> tuple[Wait, ...]:
    """The waits of one of `kinds`, and those for a supervisor to name another agency for it."""
    return tuple(wait for wait in case.progress.waits if is_for(wait.key, *kinds))


def checks_outstanding(case: Case) -> tuple[Wait, ...]:
    """The waits for checks: those not answered, with an open objection, or for another agency to be named."""
    return outstanding(case, *CHECK_KINDS)


def assessments_outstanding(case: Case) -> tuple[Wait, ...]:
    """The waits for assessments."""
    return outstanding(case, WaitKind.ASSESSMENT)


def assessment_side(wait: Wait) -> Side:
    """Whose assessment `wait` is for; only the offender's can go to another agency."""
    return Side.VICTIM if wait.key == wait_key(WaitKind.ASSESSMENT, Side.VICTIM) else Side.OFFENDER


def ask_next_for_trace(case: Case, now: datetime) -> Case:
    """The case asking the next agency of its route, or waiting on a supervisor where none is left."""
    if waits_of(case, WaitKind.TRACE, WaitKind.CANDIDATE, WaitKind.ROUTE):
        return case
    if not case.progress.route:
        return start_wait(case, WaitKind.ROUTE, SUPERVISOR, now)
    agency, *rest = case.progress.route
    return start_wait(with_progress(case, route=tuple(rest)), WaitKind.TRACE, agency, now, agency)


def without_check(case: Case, agency: AgencyRef) -> Case:
    """The case without any wait for the check by `agency`."""
    substitute = wait_key(WaitKind.SUBSTITUTE, f"{WaitKind.AGENCY_CHECK}:{agency}")
    keys = (wait_key(WaitKind.AGENCY_CHECK, agency), wait_key(WaitKind.OBJECTION, agency), substitute)
    return without_waits(case, *keys)


def ask_check(case: Case, agency: AgencyRef, now: datetime) -> Case:
    """The case asking `agency` for its check."""
    known = tuple(check for check in case.progress.checks if check.agency != agency)
    before = next((check for check in case.progress.checks if check.agency == agency), AgencyCheck(agency))
    asked = AgencyCheck(agency, challenged=before.challenged)
    checked = with_progress(without_check(case, agency), checks=(*known, asked))
    return start_wait(checked, WaitKind.AGENCY_CHECK, agency, now, agency)


def responsible(case: Case) -> AgencyRef:
    """The agency that works with the offender; the restorative service where none was named."""
    return case.progress.responsible_agency or AgencyRef(AgencyKind.RESTORATIVE_SERVICE.value)


def approach(case: Case, now: datetime) -> Case:
    """The case asking for the approach: the responsible agency, and who may do it instead. The first answer counts."""
    case = start_wait(case, WaitKind.APPROACH, responsible(case), now, responsible(case))
    other = case.progress.may_also_answer
    return case if other is None else start_wait(case, WaitKind.APPROACH, other, now, other)


def screener(case: Case) -> str:
    """Who screens the request: a supervisor where the offender is an organisation."""
    return SUPERVISOR if case.request.offender_age_group is AgeGroup.ORGANISATION else CASEWORKER


def with_screener(case: Case) -> Case:
    """The case with its screening waiting on who has to do it as the facts are now."""
    if case.step is not Step.SCREENING:
        return case
    return with_progress(case, waits=tuple(replace(wait, waiting_on=screener(case)) for wait in case.progress.waits))


def assess(case: Case, now: datetime) -> Case:
    """The case waiting for the assessment of each side that is not ready."""
    waited = {assessment_side(wait) for wait in assessments_outstanding(case)}
    for side, assessor in ((Side.OFFENDER, responsible(case)), (Side.VICTIM, CASEWORKER)):
        if side not in case.progress.ready and side not in waited:
            case = start_wait(case, WaitKind.ASSESSMENT, assessor, now, side)
    return case


def hand_over(case: Case, agency: AgencyRef, now: datetime) -> Case:
    """Ask `agency` for the offender's answer and assessment where outstanding, also if another returned them."""
    for wait in outstanding(case, WaitKind.OFFENDER_ANSWER):
        case = start_wait(without_waits(case, wait.key), WaitKind.OFFENDER_ANSWER, agency, now, agency)
    for wait in assessments_outstanding(case):
        if assessment_side(wait) is Side.OFFENDER:
            case = start_wait(without_waits(case, wait.key), WaitKind.ASSESSMENT, agency, now, Side.OFFENDER)
    return case


def _schedule(case: Case, now: datetime) -> Case:
    arrangement = case.progress.arrangement
    assert arrangement is not None, "a case is scheduled by an arrangement"
    overdue_on = case.calendar.next_working_day(arrangement.day)
    case = start_fixed_wait(case, WaitKind.MEETING, now, overdue_on)
    eve = arrangement.day - timedelta(days=1)
    if is_reconfirmed(case):
        return case
    return start_fixed_wait(case, WaitKind.RECONFIRMATION, now, eve)


def continue_follow_up(case: Case, now: datetime) -> Case:
    """The case with its follow-ups; where none is outstanding, one more is due."""
    if waits_of(case, WaitKind.FOLLOW_UP):
        return case
    return add_follow_up(case, case.calendar.day_of(now) + timedelta(weeks=case.policy.follow_ups[0]), now)


def start_follow_up(case: Case, contact: int, now: datetime) -> Case:
    """The case waiting for the next follow-up of its contact of this number, if one is left."""
    held = case.progress.contacts[contact - 1]
    if held.follow_ups >= len(case.policy.follow_ups):
        return case
    due_on = held.held_on + timedelta(weeks=case.policy.follow_ups[held.follow_ups])
    return _follow_up(case, due_on, now, f"{contact}-{held.follow_ups + 1}")


def add_follow_up(case: Case, due_on: date, now: datetime) -> Case:
    """The case waiting for a follow-up that belongs to no contact's regular ones, named by the version of its entry."""
    return _follow_up(case, due_on, now, f"{ADDED}-{case.version}")


ADDED = "added"


def _follow_up(case: Case, due_on: date, now: datetime, detail: str) -> Case:
    """The case waiting for a follow-up, reminded on its day and overdue some working days later."""
    overdue_on = case.calendar.add_working_days(due_on, case.policy.follow_up_grace)
    return start_fixed_wait(case, WaitKind.FOLLOW_UP, now, overdue_on, detail, chase_on=due_on)


def give_time(case: Case, kind: WaitKind, until: date | None, context: TransitionContext) -> Case:
    """The case with its wait of `kind` due on the day asked for; where none is named, for as long again."""
    wait, policy = waits_of(case, kind)[0], case.policy.waits[kind]
    if until is None:
        return with_wait(case, renew(wait, policy, context.now, case.calendar))
    refuse_if(until <= context.today, Refusal.DAY_IN_PAST, "until")
    return with_wait(case, set_due(wait, until, policy, case.calendar))


STARTS: dict[Step, Callable[[Case, datetime], Case]] = {
    Step.ASKING_VICTIM: lambda case, now: start_wait(case, WaitKind.VICTIM_ANSWER, CASEWORKER, now),
    Step.SCREENING: lambda case, now: start_wait(case, WaitKind.SCREENING, screener(case), now),
    Step.TRACING: ask_next_for_trace,
    Step.AGENCY_CHECK: lambda case, _now: case,
    Step.APPROACHING: approach,
    Step.REFLECTING: lambda case, now: start_wait(
        case, WaitKind.OFFENDER_ANSWER, responsible(case), now, responsible(case)
    ),
    Step.ASSESSING: assess,
    Step.NOT_YET: lambda case, now: start_wait(case, WaitKind.READINESS_REVIEW, CASEWORKER, now),
    Step.PREPARING: lambda case, now: assess(start_wait(case, WaitKind.PREPARATION, CASEWORKER, now), now),
    Step.SCHEDULED: _schedule,
    Step.FOLLOWING_UP: continue_follow_up,
}
"""What starts at each step."""


def end(case: Case, context: TransitionContext, reason: Reason | None, given: Reason | None = None) -> Case:
    """The case, ended: without a meeting its stage becomes `declined`. `given` is why a side withdrew."""
    stage = case.stage if case.stage is Stage.MEETING_HELD else Stage.DECLINED
    return with_progress(
        replace(case, transfer=None),
        stage=stage,
        step=Step.CLOSED,
        waits=(),
        arrangement=None,
        reason=reason,
        reason_given=given,
        reason_of=None,
        ended_on=context.today,
        ended_by=context.record.by.id,
    )


def end_contact(case: Case, context: TransitionContext, reason: Reason | None, given: Reason | None = None) -> Case:
    """The case, ended; after an earlier contact only the plan of another one ends, and the follow-up continues."""
    if case.progress.contacts:
        return enter(with_progress(case, arrangement=None, reason=None), Step.FOLLOWING_UP, context.now)
    return end(case, context, reason, given)


def is_under_18(case: Case, side: Side) -> bool:
    """Whether the victim or the offender was under 18 at the request, and has not come of age since."""
    if any(adult.side is side for adult in case.adults):
        return False
    return case.request.victim_under_18 if side is Side.VICTIM else case.request.offender_age_group is AgeGroup.UNDER_18


def consents_needed(case: Case) -> tuple[Consenter, ...]:
    """Whose consents a meeting needs in this case."""
    needed = [Consenter.VICTIM, Consenter.OFFENDER]
    if case.policy.guardian_consents:
        guardians = {Side.VICTIM: Consenter.VICTIM_GUARDIAN, Side.OFFENDER: Consenter.OFFENDER_GUARDIAN}
        needed += [guardian for side, guardian in guardians.items() if is_under_18(case, side)]
    if case.request.takes_part_as is TakesPartAs.PROXY:
        needed.append(Consenter.DIRECT_VICTIM)
    return tuple(needed)


def is_another_contact(case: Case) -> bool:
    """Whether the two have been in contact before, in this case or in the one that it reopens."""
    ended = case.request.continues
    return bool(case.progress.contacts) or (ended is not None and ended.stage is Stage.MEETING_HELD)


def is_readiness_valid(case: Case, day: date) -> bool:
    """Whether the assessments of readiness count on `day`."""
    ready_on = case.progress.ready_on
    return ready_on is not None and day <= ready_on + timedelta(weeks=case.policy.readiness)


def is_reconfirmed(case: Case) -> bool:
    """Whether both sides confirmed their consents within the policy's working days before the meeting."""
    arrangement = case.progress.arrangement
    consents = [consent_of(case, whose) for whose in (Consenter.VICTIM, Consenter.OFFENDER)]
    return arrangement is not None and all(
        consent is not None
        and case.calendar.working_days_between(consent.confirmed_on, arrangement.day) <= case.policy.reconfirm_within
        for consent in consents
    )
