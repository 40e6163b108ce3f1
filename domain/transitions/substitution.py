"""An agency does not answer, or returns an ask: a supervisor names another. No agency is skipped for being silent."""

from domain.authority import agency_waited_on, choose_wait, may_speak_for, require_asked
from domain.case import Case, find_wait, waits_of, with_progress, without_waits
from domain.events import Actor, AskReturned, NoResponseRecorded, RouteExtended
from domain.refusals import RecordRefused, refuse_if
from domain.steps import SUPERVISOR, TransitionContext, approach, ask_check, ask_next_for_trace, outstanding, start_wait
from domain.transitions.undeliverable import wait_of_problem
from domain.vocabulary import AgencyRef, Refusal, Side, Step, WaitKind, is_agency, subject_of, wait_key
from domain.waits import Wait

ASKED_FOR = (WaitKind.TRACE, WaitKind.AGENCY_CHECK, WaitKind.APPROACH, WaitKind.ASSESSMENT)
"""What a supervisor can stop waiting for; not for an offender's answer, since the offer stays open."""

RETURNABLE = (*ASKED_FOR, WaitKind.OFFENDER_ANSWER)
"""What another agency can do instead: whatever an agency is asked."""

SETTLED_BY_SUPERVISOR = (WaitKind.SUBSTITUTE, WaitKind.OBJECTION, WaitKind.TECHNICAL_PROBLEM)
"""What a supervisor can solve by naming another agency."""

_ASKED_AT: dict[Step, WaitKind] = {
    Step.TRACING: WaitKind.TRACE,
    Step.AGENCY_CHECK: WaitKind.AGENCY_CHECK,
    Step.APPROACHING: WaitKind.APPROACH,
    Step.ASSESSING: WaitKind.ASSESSMENT,
}
"""What a further agency is asked for where it replaces none."""


def record_no_response(case: Case, event: NoResponseRecorded, context: TransitionContext) -> Case:
    """A supervisor stops waiting for an agency: the next is asked, or a supervisor is to name another."""
    return _stop_asking(case, choose_wait(asks_of(case, context.record.by, ASKED_FOR), event.wait), context)


def return_ask(case: Case, event: AskReturned, context: TransitionContext) -> Case:
    """An agency says that it is not the right one to answer."""
    require_asked(case, context.record.by)
    return _stop_asking(case, choose_wait(asks_of(case, context.record.by, RETURNABLE), event.wait), context)


def asks_of(case: Case, actor: Actor, kinds: tuple[WaitKind, ...]) -> tuple[Wait, ...]:
    """The waits of `kinds` on agencies that `actor` may speak for."""
    waits = (wait for wait in waits_of(case, *kinds) if is_agency(wait.waiting_on))
    return tuple(wait for wait in waits if may_speak_for(case, actor, AgencyRef(wait.waiting_on)))


def _stop_asking(case: Case, wait: Wait, context: TransitionContext) -> Case:
    case = without_waits(case, wait.key)
    if wait.kind is WaitKind.APPROACH and waits_of(case, WaitKind.APPROACH):
        # The other one who may approach the offender is still asked.
        return case
    if wait.kind is WaitKind.TRACE:
        return ask_next_for_trace(case, context.now)
    return start_wait(case, WaitKind.SUBSTITUTE, SUPERVISOR, context.now, f"{wait.kind}:{wait.waiting_on}")


def extend_route(case: Case, event: RouteExtended, context: TransitionContext) -> Case:
    """A supervisor names an agency: it is asked, instead of another where it replaces one."""
    replaced = _find_replaced(case, event)
    kind = _ASKED_AT.get(case.step)
    if replaced is not None:
        kind = _kind_replaced(replaced)
        case = without_waits(case, replaced.key)
        if kind is WaitKind.AGENCY_CHECK:
            left = tuple(check for check in case.progress.checks if check.agency != agency_waited_on(replaced))
            case = with_progress(case, checks=left)
    agency = event.agency
    match kind:
        case WaitKind.TRACE | WaitKind.AGENCY_CHECK:
            refuse_if(find_wait(case, wait_key(kind, agency)) is not None, Refusal.ALREADY_ASKED, agency)
            if kind is WaitKind.AGENCY_CHECK:
                return ask_check(case, agency, context.now)
            return start_wait(without_waits(case, wait_key(WaitKind.ROUTE)), kind, agency, context.now, agency)
        case WaitKind.APPROACH:
            case = without_waits(case, *(wait.key for wait in outstanding(case, WaitKind.APPROACH)))
            return approach(with_progress(case, responsible_agency=agency), context.now)
        case WaitKind.OFFENDER_ANSWER:
            return start_wait(with_progress(case, responsible_agency=agency), kind, agency, context.now, agency)
        case WaitKind.ASSESSMENT:
            case = without_waits(case, wait_key(WaitKind.ASSESSMENT, Side.OFFENDER))
            refuse_if(Side.OFFENDER in case.progress.ready, Refusal.NOT_ALLOWED_NOW, "the offender is assessed")
            return start_wait(case, WaitKind.ASSESSMENT, agency, context.now, Side.OFFENDER)
        case _:
            raise RecordRefused(Refusal.NOT_ALLOWED_NOW, "no agency has to be replaced")


def _find_replaced(case: Case, event: RouteExtended) -> Wait | None:
    """The wait that the named agency takes over: the one on `instead_of`, or that which a supervisor has to solve."""
    if event.instead_of is not None:
        waits = tuple(wait for wait in case.progress.waits if agency_waited_on(wait) == event.instead_of)
        return choose_wait(waits, event.wait and subject_of(event.wait))
    waits = tuple(wait for wait in waits_of(case, *SETTLED_BY_SUPERVISOR) if wait.waiting_on == SUPERVISOR)
    if not waits and event.wait is None:
        return None
    chosen = choose_wait(waits, event.wait)
    return wait_of_problem(case, chosen) if chosen.kind is WaitKind.TECHNICAL_PROBLEM else chosen


def _kind_replaced(wait: Wait) -> WaitKind:
    match wait.kind:
        case WaitKind.SUBSTITUTE:
            return WaitKind(wait.key.split(":")[1])
        case WaitKind.OBJECTION:
            return WaitKind.AGENCY_CHECK
        case WaitKind.CANDIDATE:
            return WaitKind.TRACE
        case _:
            return wait.kind
