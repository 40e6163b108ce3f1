"""Compare the case file with the workflow of a case. What only lags is no difference; what lasts is one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from domain.findings import FindingCode
from domain.json_values import to_json_object
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot
from ports.workflow_queries import QueryFailed, WorkflowState

GetCase = Callable[[CaseRef], Awaitable[CaseSnapshot | None]]
"""Read a case from the case file; None: it has no such case."""
GetState = Callable[[CaseRef], Awaitable[WorkflowState | None]]
"""Ask a case's workflow for its state; see `ports.workflow_queries`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How the case file and the workflow of the case `ref` differ; `line` says it with codes, versions and dates."""

    ref: CaseRef
    code: FindingCode
    facts: tuple[str, ...]
    line: str

    def __str__(self) -> str:
        """The line, after the reference."""
        return f"{self.ref}: {self.line}"


@dataclass(frozen=True, slots=True)
class StabilityCheck:
    """How many comparisons in a row must find a difference, and the seconds between them.

    `settles` (2 s): between two comparisons anything may be under way, and the case file follows the workflow by a
    moment. `catches_up` (45 s) is for a case file that is merely behind. A batch whose write was under way in a worker
    that was killed is written again only when that attempt has timed out (10 s), and where that fails too after a pause
    of up to 10 s (`workflows.policies.WRITE_CASE_FILE`); before that, the case may have to be given to another worker,
    which takes as long. The count restarts with each batch that is written.
    """

    settles: int = 6
    catches_up: int = 114
    pause: float = 0.4


DEFAULT_STABILITY = StabilityCheck()


async def find_confirmed_difference(
    ref: CaseRef, get_case: GetCase, get_state: GetState, stability: StabilityCheck = DEFAULT_STABILITY
) -> Difference | None:
    """How the two differ once both have had time to settle; None: not at all, or the case has ended.

    Raises QueryTimeout.
    """
    last, times = None, 0
    while True:
        state: WorkflowState | QueryFailed | None
        try:
            state = await get_state(ref)
        except QueryFailed as failure:
            state = failure
        case = await get_case(ref)
        difference = compare(ref, case, state)
        if difference is None:
            return None
        found = (difference.code, case.version if case else 0)
        last, times = found, times + 1 if found == last else 1
        if times >= (stability.catches_up if difference.code is FindingCode.BEHIND else stability.settles):
            return difference
        await asyncio.sleep(stability.pause)


def compare(ref: CaseRef, case: CaseSnapshot | None, state: WorkflowState | QueryFailed | None) -> Difference | None:
    """How the case file's `case` differs from its workflow at this moment."""
    match state:
        case None:
            if case is None or case.ended_on is not None:
                return None
            line = "open in the case file, and Temporal has no such workflow"
            return Difference(ref, FindingCode.NO_WORKFLOW, (), line)
        case QueryFailed():
            line = "the workflow cannot answer, because its own code fails"
            return Difference(ref, FindingCode.TASK_FAILING, (), line)
    if state.sequence_conflict:
        line = f"the workflow has stopped writing: {state.sequence_conflict}"
        return Difference(ref, FindingCode.SEQUENCE_CONFLICT, (), line)
    # A request that was refused has a workflow for a moment, and never a case.
    version, written = state.case.version if state.case else 0, case.version if case else 0
    if state.unwritten and written < version:
        versions = f"it is at version {written}, the workflow at {version}"
        line = f"the case file does not get what the workflow has to write: {versions}"
        return Difference(ref, FindingCode.BEHIND, (str(written), str(version)), line)
    if case is None or state.case is None:
        line = "runs in Temporal, and the case file has no such case"
        return Difference(ref, FindingCode.NO_CASE, (), line) if case is None and version else None
    if state.refused_due:
        line = f"what was due could not be recorded: {', '.join(state.refused_due)}"
        return Difference(ref, FindingCode.DUE_EVENT_REFUSED, state.refused_due, line)
    in_file, in_workflow = _list_values(case), _list_values(state.case)
    names = tuple(sorted(name for name in in_file | in_workflow if in_file.get(name) != in_workflow.get(name)))
    if not names:
        return None
    lines = (
        f"{name} is {in_file.get(name)} in the case file and {in_workflow.get(name)} in the workflow" for name in names
    )
    return Difference(ref, FindingCode.DIFFERS, names, "; ".join(lines))


def _list_values(case: CaseSnapshot) -> dict[str, Any]:
    """Everything that is said of a case, by name. The case file has the waits in no order."""
    values = to_json_object(case)
    waits = sorted(values.pop("waits"), key=lambda wait: str(wait["key"]))
    return {**{f"state.{name}": value for name, value in values.pop("state").items()}, "waits": waits, **values}
