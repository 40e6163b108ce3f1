"""Concerns, flags and reported deaths: what stops contact until somebody has decided."""

from domain.authority import choose_wait, require_asked, require_supervisor
from domain.case import Case, Concern, ReportedDeath, open_concerns, with_progress
from domain.events import (
    AgencyCheckAnswered,
    ConcernDecided,
    ConcernRaised,
    ContactReported,
    DeathConfirmed,
    DeathNotConfirmed,
    DeathReported,
    FlagsChanged,
)
from domain.reasons import CONCERN_REASONS, Reason
from domain.refusals import refuse_if, require
from domain.steps import (
    CASEWORKER,
    SUPERVISOR,
    TransitionContext,
    ask_next_for_trace,
    create_urgent_wait,
    end,
    end_contact,
    start_victim_wait,
)
from domain.values import replace
from domain.vocabulary import (
    IMPLIED_FLAGS,
    SPECIALIST_FLAGS,
    Condition,
    Flag,
    InitiatedBy,
    Refusal,
    Role,
    Side,
    Step,
    WaitKind,
    wait_key,
)

SAME_SUPERVISOR_AFTER = 2
"""Working days after which the supervisor who raised a concern may decide it with a note, where there is no other."""


def raise_concern(case: Case, event: ConcernRaised, context: TransitionContext) -> Case:
    """Contact stops until a supervisor has decided; what else the crime involved counts as any flag that is added."""
    require_asked(case, context.record.by)
    refuse_if(event.reason not in CONCERN_REASONS, Refusal.REASON_DOES_NOT_FIT, event.reason)
    return add_flags(open_concern(case, event.reason, context), event.flags, context)


def open_concern(case: Case, reason: Reason, context: TransitionContext) -> Case:
    """The case with a concern that a supervisor has to decide, named by its entry: the second is `-2`."""
    by = context.record.by
    agency = by.on_behalf_of or (f"{by.kind}:{by.id}" if by.kind else None)
    entry = str(case.version)
    is_second = any(concern.wait.key == wait_key(WaitKind.CONCERN, entry) for concern in case.concerns)
    wait = create_urgent_wait(case, WaitKind.CONCERN, SUPERVISOR, context, f"{entry}-2" if is_second else entry)
    concern = Concern(reason, agency or by.id, context.today, wait, by_victim=by.role is Role.VICTIM)
    return replace(case, concerns=(*case.concerns, concern))


def decide_concern(case: Case, event: ConcernDecided, context: TransitionContext) -> Case:
    """A supervisor who did not raise it decides; *decline* ends the case, or rules out any further contact."""
    waits = tuple(concern.wait for concern in open_concerns(case))
    key = choose_wait(waits, event.wait).key
    concern = next(concern for concern in case.concerns if concern.wait.key == key)
    days = case.calendar.working_days_between(concern.raised_on, context.today)
    alone = bool(context.record.note) and days >= SAME_SUPERVISOR_AFTER
    refuse_if(concern.raised_by == context.record.by.id and not alone, Refusal.SAME_SUPERVISOR)
    conditions = conditions_of_answer(event)
    refuse_if(event.result == "conditions" and not conditions, Refusal.MISSING_FIELD, "conditions")
    decided = replace(concern, result=event.result, conditions=conditions, not_before=event.not_before)
    case = replace(case, concerns=tuple(decided if old is concern else old for old in case.concerns))
    if concern.by_victim and not case.progress.victim_died:
        # Somebody rings them: what is written may be read by the person that they fear.
        case = start_victim_wait(case, WaitKind.CONCERN_ANSWER, context)
    if event.result != "decline" or case.is_closed:
        return case
    if case.progress.contacts:
        case = replace(case, no_further_contact=True)
        return case if case.step is Step.FOLLOWING_UP else end_contact(case, context, None)
    return end(case, context, Reason.NOT_SAFE_AT_PRESENT)


def conditions_of_answer(event: AgencyCheckAnswered | ConcernDecided) -> frozenset[Condition]:
    """The conditions that an answer sets; a day in `not_before` is one, and *not before* without a day is refused."""
    conditions = event.conditions
    if event.not_before is not None:
        conditions |= {Condition.NOT_BEFORE}
    refuse_if(Condition.NOT_BEFORE in conditions and event.not_before is None, Refusal.MISSING_FIELD, "not_before")
    return conditions


def change_flags(case: Case, event: FlagsChanged, context: TransitionContext) -> Case:
    """Staff add flags; a supervisor removes them, but not one that follows from the offence."""
    refuse_if(not event.flags, Refusal.MISSING_FIELD, "flags")
    if event.change == "add":
        return add_flags(case, event.flags, context)
    require_supervisor(context.record.by, ", ".join(sorted(event.flags)))
    require(event.reason, Refusal.MISSING_REASON)
    implied = IMPLIED_FLAGS.get(case.request.offence)
    refuse_if(implied in event.flags, Refusal.FLAG_FOLLOWS_OFFENCE, implied or "")
    return replace(case, flags=case.flags - event.flags)


def add_flags(case: Case, flags: frozenset[Flag], context: TransitionContext) -> Case:
    """The case with `flags`; before anybody is traced, the victim of a flagged crime must have asked themselves."""
    added = flags - case.flags
    case = replace(case, flags=case.flags | flags)
    early = case.step in (Step.ASKING_VICTIM, Step.SCREENING)
    if early and added & SPECIALIST_FLAGS and case.request.initiated_by is not InitiatedBy.VICTIM:
        return open_concern(case, Reason.VICTIM_MUST_ASK, context)
    return case


def report_contact(case: Case, event: ContactReported, context: TransitionContext) -> Case:
    """The two were in contact outside the process: a fact that a supervisor has to know."""
    require_asked(case, context.record.by)
    return case


def report_death(case: Case, event: DeathReported, context: TransitionContext) -> Case:
    """Contact stops until a caseworker has confirmed the death, or found that it was a mistake."""
    require_asked(case, context.record.by)
    refuse_if(any(death.whose is event.whose for death in case.deaths), Refusal.DEATH_REPORTED, event.whose)
    return with_reported_death(case, event.whose, context)


def with_reported_death(case: Case, whose: Side, context: TransitionContext) -> Case:
    """The case with a death that a caseworker has to confirm."""
    if any(death.whose is whose for death in case.deaths):
        return case
    wait = create_urgent_wait(case, WaitKind.DEATH, CASEWORKER, context, whose)
    return replace(case, deaths=(*case.deaths, ReportedDeath(whose, wait)))


def confirm_death(case: Case, event: DeathConfirmed, context: TransitionContext) -> Case:
    """The death is certain: the case ends; after the victim's death nobody on that side is sent a message."""
    case = _without_reported_death(case, event.whose)
    if event.whose is Side.VICTIM:
        # A reply is still read, but nobody rings.
        replies = tuple(wait for wait in case.victim_waits if wait.kind is WaitKind.REPLY)
        case = replace(with_progress(case, victim_died=True), victim_waits=replies)
    case = replace(case, offender_died=case.offender_died or event.whose is Side.OFFENDER)
    if case.is_closed:
        return case
    return end(case, context, Reason.VICTIM_DIED if event.whose is Side.VICTIM else Reason.OFFENDER_DIED)


def refute_death(case: Case, event: DeathNotConfirmed, context: TransitionContext) -> Case:
    """The death was reported by mistake: the case goes on, and a trace that ended with it goes on too."""
    case = _without_reported_death(case, event.whose)
    return ask_next_for_trace(case, context.now) if case.step is Step.TRACING else case


def _without_reported_death(case: Case, whose: Side) -> Case:
    deaths = tuple(death for death in case.deaths if death.whose is not whose)
    refuse_if(deaths == case.deaths, Refusal.NOT_ALLOWED_NOW, f"{WaitKind.DEATH}:{whose}")
    return replace(case, deaths=deaths)
