"""A request opens a case: at screening, by contacting the victim first, or where an ended case is reopened."""

from datetime import datetime, timedelta

from domain.authority import require_known_agencies
from domain.case import Case, Deadline, ProcessState, with_progress
from domain.events import Continuation, Record, RequestReceived
from domain.process import finish, require_days_within_reach
from domain.reasons import REASON_RULES, REOPENS_AT_ONCE, Reason, ReasonGroup
from domain.refusals import refuse_if
from domain.rules import Rules
from domain.steps import TransitionContext, enter
from domain.transitions.concerns import open_concern
from domain.transitions.first_contact import await_contact
from domain.values import replace
from domain.vocabulary import (
    IMPLIED_FLAGS,
    SPECIALIST_FLAGS,
    CaseRef,
    DeadlineKind,
    InitiatedBy,
    Refusal,
    Stage,
    Step,
    TakesPartAs,
)


def receive_request(ref: CaseRef, record: Record, request: RequestReceived, now: datetime, rules: Rules) -> Case:
    """The case that `request`, which `record` holds, opens under `rules`.

    Raises RecordRefused where the request itself must be refused, as in a flagged case where the victim did not ask.
    Sources of that rule: Restorative Justice Council, practice guidance; Scottish Government, Delivery of Restorative
    Justice in Scotland: Guidance, section 6.
    """
    require_known_agencies(record)
    context = TransitionContext(record, now, rules.calendar)
    require_days_within_reach(context)
    asks_themselves = request.initiated_by is InitiatedBy.VICTIM
    implied = IMPLIED_FLAGS.get(request.offence)
    ended = request.continues
    flags = request.flags | ({implied} if implied else set()) | (ended.flags if ended else set())
    refuse_if(bool(flags & SPECIALIST_FLAGS) and not asks_themselves, Refusal.VICTIM_MUST_ASK)
    case = Case(
        ref=ref,
        rules=rules,
        version=1,
        request=request,
        received_at=now,
        progress=ProcessState(),
        area=request.area,
        form=request.preferred_form,
        contact=request.contact,
        flags=frozenset(flags),
    )
    referred_on, weeks = request.referred_on, rules.policy.whole_case
    refuse_if(referred_on is not None and referred_on > context.today, Refusal.DAY_IN_FUTURE, "referred_on")
    if weeks is not None:
        end = Deadline(DeadlineKind.DISPOSAL_END, case.day_of_request + timedelta(weeks=weeks))
        case = replace(case, deadlines=(end,))
    if ended is not None:
        case = _reopen(case, request, ended, context)
    else:
        case = enter(case, Step.SCREENING if asks_themselves else Step.ASKING_VICTIM, now)
    case = await_contact(case, context)
    return finish(None, rules.process.enforce_guard(case, context), context)


def _reopen(case: Case, request: RequestReceived, ended: Continuation, context: TransitionContext) -> Case:
    """The case at the step where the ended one is reopened; only the victim may ask for it.

    Consents are given again, and both sides are assessed again.
    """
    refuse_if(request.initiated_by is not InitiatedBy.VICTIM, Refusal.VICTIM_MUST_ASK)
    refuse_if(ended.reason is Reason.OFFENDER_DIED, Refusal.NOT_ALLOWED_NOW, Reason.OFFENDER_DIED)
    reopens_on = ended.ended_on + timedelta(weeks=case.policy.re_approach_after)
    by_family = ended.reason is Reason.VICTIM_DIED and request.takes_part_as is TakesPartAs.BEREAVED_FAMILY
    at_once = ended.reason in REOPENS_AT_ONCE or ended.review_upheld or by_family
    refuse_if(not at_once and context.today < reopens_on, Refusal.TOO_SOON, reopens_on.isoformat())
    case = with_progress(
        case,
        route=case.rules.process.agencies_of(request),
        whereabouts=ended.whereabouts,
        limited_access=ended.limited_access,
        responsible_agency=ended.responsible_agency,
        may_also_answer=ended.may_also_answer,
        ruled_out=ended.ruled_out,
        reopened=True,
    )
    case = replace(case, asked=ended.asked)
    if ended.is_blocked:
        case = open_concern(case, Reason.NEW_INFORMATION, context)
    return enter(case, step_reopened(ended), context.now)


def step_reopened(ended: Continuation) -> Step:
    """The step at which `ended` is reopened; without a known responsible agency the offender is traced again."""
    if ended.stage is Stage.MEETING_HELD:
        step = Step.PREPARING
    else:
        group = REASON_RULES[ended.reason].group if ended.reason else None
        step = _STEP_OF_GROUP.get(group) or _STEP_OF_STAGE.get(ended.from_stage, Step.SCREENING)
    if ended.reason is Reason.VICTIM_DIED and step in (Step.ASSESSING, Step.PREPARING):
        # The offender said yes to somebody else.
        step = Step.APPROACHING
    traced = ended.responsible_agency is not None
    return step if traced or step is Step.SCREENING else Step.TRACING


_STEP_OF_GROUP: dict[ReasonGroup | None, Step] = {
    ReasonGroup.TRACING: Step.TRACING,
    ReasonGroup.AGENCY: Step.AGENCY_CHECK,
    ReasonGroup.CONCERN: Step.AGENCY_CHECK,
    ReasonGroup.OFFENDER: Step.APPROACHING,
    ReasonGroup.READINESS_HARD: Step.ASSESSING,
    ReasonGroup.READINESS_SOFT: Step.ASSESSING,
}
_STEP_OF_STAGE: dict[Stage, Step] = {
    Stage.REQUESTED: Step.SCREENING,
    Stage.OFFENDER_TRACED: Step.AGENCY_CHECK,
    Stage.OFFENDER_APPROACHED: Step.APPROACHING,
    Stage.READINESS_ASSESSED: Step.ASSESSING,
}
