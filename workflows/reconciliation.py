"""One run of the reconciliation: recheck the findings, compare all cases by lists, then check some one by one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.reconciliation import ReconciliationActivities
    from ports.reconciliation import PassLimit, PassResult
    from workflows.names import RECONCILIATION
    from workflows.policies import GO_THROUGH_CASES


@dataclass(frozen=True, slots=True)
class ReconciliationPlan:
    """How much one run does: the seconds for comparing all cases by lists, and for checking some one by one; at most
    how many `cases` it checks in turn.
    """

    seconds_to_compare: float
    seconds_to_look: float
    cases: int


@dataclass(frozen=True, slots=True)
class ReconciliationResult:
    """The result of each pass of a run."""

    rechecked: PassResult
    all: PassResult
    next: PassResult


@workflow.defn(name=RECONCILIATION)
class Reconciliation:
    """Compares the case file with the workflows. Each pass is one activity, which continues where it was cut off."""

    @workflow.run
    async def run(self, plan: ReconciliationPlan) -> ReconciliationResult:
        """Make all three passes; where one fails the others are made all the same, and the run fails in the end."""
        passes: tuple[tuple[Callable[[ReconciliationActivities, PassLimit], Awaitable[PassResult]], PassLimit], ...] = (
            (ReconciliationActivities.recheck_findings, PassLimit(plan.seconds_to_look)),
            (ReconciliationActivities.compare_all, PassLimit(plan.seconds_to_compare)),
            (ReconciliationActivities.check_next, PassLimit(plan.seconds_to_look, plan.cases)),
        )
        results, failures = [], []
        for make_pass, limit in passes:
            try:
                results.append(await workflow.execute_activity_method(make_pass, limit, **GO_THROUGH_CASES))
            except ActivityError as error:
                failures.append(error)
        if failures:
            raise ApplicationError("a pass did not end", type="unfinished", non_retryable=True) from failures[0]
        return ReconciliationResult(*results)
