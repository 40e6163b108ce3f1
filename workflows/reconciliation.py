"""One run of the reconciliation: what is found is looked at again, then all cases by lists, then some by themselves."""

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
    """How much one run does: the seconds that comparing all cases by lists may take, and looking at some of them; at
    how many `cases` it looks in turn.
    """

    seconds_to_compare: float
    seconds_to_look: float
    cases: int


@dataclass(frozen=True, slots=True)
class ReconciliationResult:
    """What came of a run, pass by pass."""

    rechecked: PassResult
    all: PassResult
    in_turn: PassResult


Pass = Callable[[ReconciliationActivities, PassLimit], Awaitable[PassResult]]


@workflow.defn(name=RECONCILIATION)
class Reconciliation:
    """Compares the case file with the workflows. Each pass is one activity, which goes on where it was cut off."""

    @workflow.run
    async def run(self, plan: ReconciliationPlan) -> ReconciliationResult:
        """Make all three passes; one that fails keeps none of the others back, and fails the run in the end."""
        passes: tuple[tuple[Pass, PassLimit], ...] = (
            (ReconciliationActivities.recheck_findings, PassLimit(plan.seconds_to_look)),
            (ReconciliationActivities.compare_all, PassLimit(plan.seconds_to_compare)),
            (ReconciliationActivities.check_next, PassLimit(plan.seconds_to_look, plan.cases)),
        )
        tallies, failed = [], []
        for each, share in passes:
            try:
                tallies.append(await workflow.execute_activity_method(each, share, **GO_THROUGH_CASES))
            except ActivityError as error:
                failed.append(error)
        if failed:
            raise ApplicationError("a pass did not end", type="unfinished", non_retryable=True) from failed[0]
        again, all_cases, in_turn = tallies
        return ReconciliationResult(again, all_cases, in_turn)
