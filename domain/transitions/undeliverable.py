"""An ask that cannot be delivered: a supervisor solves the problem, and meanwhile the agency's wait goes on.

While an ask has a technical problem, the wait on its agency is undelivered: nobody is asked or reminded.
"""

from domain.authority import choose_wait
from domain.case import Case, find_wait, waits_of, with_wait, without_waits
from domain.events import AskFailed, AskRetried
from domain.refusals import refuse_if, require
from domain.steps import SUPERVISOR, TransitionContext, start_wait
from domain.values import replace
from domain.vocabulary import Refusal, WaitKey, WaitKind, is_agency, subject_of, wait_key
from domain.waits import Wait, mark_undelivered


def fail_ask(case: Case, event: AskFailed, context: TransitionContext) -> Case:
    """The ask cannot be delivered: a supervisor has to solve the problem."""
    wait = require(find_wait(case, event.wait), Refusal.UNKNOWN_WAIT, event.wait)
    refuse_if(not is_agency(wait.waiting_on), Refusal.UNKNOWN_WAIT, event.wait)
    refuse_if(wait.undelivered or wait.paused_since is not None, Refusal.ALREADY_FAILED, event.wait)
    case = with_wait(case, mark_undelivered(wait))
    case = start_wait(case, WaitKind.TECHNICAL_PROBLEM, SUPERVISOR, context.now, event.wait)
    return with_wait(case, replace(choose_problem(technical_problems(case), event.wait), problem=event.problem))


def retry_ask(case: Case, event: AskRetried, context: TransitionContext) -> Case:
    """The agency is asked again, and its wait is counted from today."""
    problems = technical_problems(case)
    refuse_if(not problems, Refusal.NO_TECHNICAL_PROBLEM, event.wait or "")
    wait = wait_of_problem(case, choose_problem(problems, event.wait))
    return start_wait(case, wait.kind, wait.waiting_on, context.now, wait.key.partition(":")[2])


def technical_problems(case: Case) -> tuple[Wait, ...]:
    """The waits for a supervisor to solve a problem that prevents the delivery of an ask."""
    return waits_of(case, WaitKind.TECHNICAL_PROBLEM)


def choose_problem(problems: tuple[Wait, ...], key: WaitKey | None) -> Wait:
    """The problem that `key` names, by its own key or that of the wait it is about; without a key, the only one.

    Raises RecordRefused: `unknown_wait` where there is none, `which_wait` where there are several.
    """
    return choose_wait(problems, key and wait_key(WaitKind.TECHNICAL_PROBLEM, subject_of(key)))


def wait_of_problem(case: Case, problem: Wait) -> Wait:
    """The wait on the agency that cannot be asked because of `problem`."""
    wait = find_wait(case, subject_of(problem.key))
    assert wait is not None, "a technical problem ends with the wait that it is about"
    return wait


def drop_solved_problems(case: Case) -> Case:
    """The case without the technical problems of asks that are over or were sent again, whatever the cause."""
    problems = technical_problems(case)
    undelivered = {wait.key for wait in case.progress.waits if problems and wait.undelivered}
    solved = [problem.key for problem in problems if subject_of(problem.key) not in undelivered]
    return without_waits(case, *solved) if solved else case
