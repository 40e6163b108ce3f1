"""Whether the case file and a case's workflow say the same. What lasts is a difference; what is only late is none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from domain.findings import FindingCode
from domain.json_values import to_json
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot
from ports.reconciliation import CaseSummary

COMPARED_FIELDS = ("version", "stage", "step", "reason", "on_hold", "assigned_to", "ended_on", "waits")

WorkflowStatus = Mapping[str, Any]
"""What the query `status` of a case's workflow answers."""
Kept = Callable[[CaseRef], Awaitable[CaseSnapshot | None]]
"""The case as the case file has it; None: it has no such case."""


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


class QueryFailed(Exception):
    """The code of a case's workflow fails when it is asked."""


class QueryTimeout(Exception):
    """A case's workflow did not answer in time: there may be no worker."""


class StatusQuery(Protocol):
    """What the workflows of cases believe."""

    async def status(self, ref: CaseRef) -> WorkflowStatus | None:
        """What the running workflow of `ref` answers; None: none runs. Raises QueryFailed or QueryTimeout."""


class StateQuery(Protocol):
    """The whole of what the workflows of cases believe."""

    async def get_state(self, ref: CaseRef) -> CaseSnapshot | None:
        """The case as its running workflow has it, with its state; None: none runs. Raises QueryFailed or QueryTimeout."""


class ReadModelRebuild(Protocol):
    """Writes what people see of a case anew."""

    async def rebuild_read_model(self, case: CaseSnapshot, by: str, finding: str) -> bool:
        """Write the case's row and its waits as `case` has them; False where the file lacks entries of it.

        It is kept who did so (`by`, an account), and what was found (`finding`).
        """


@dataclass(frozen=True, slots=True)
class WorkflowProblem:
    """What keeps the engine from running a case: a code, and facts of one word each."""

    code: FindingCode
    facts: tuple[str, ...]


class WorkflowQueries(StatusQuery, Protocol):
    """What runs the cases: its lists, which follow by a moment, and what it knows of one case."""

    def running(self, after: str = "", up_to: str = "") -> AsyncIterator[CaseSummary]:
        """The running workflows with a reference after `after` and up to `up_to` (empty: without bound), in no order.

        Stage and step are empty where a workflow has not said them yet.
        """

    def troubled(self) -> AsyncIterator[CaseRef]:
        """The running workflows whose own code is reported to fail."""

    async def trouble(self, ref: CaseRef) -> WorkflowProblem | None:
        """What keeps the workflow of `ref` from going on; None: nothing does, or there is none."""


@dataclass(frozen=True, slots=True)
class StabilityCheck:
    """How many looks in a row must find a difference before it is one, and the seconds between them.

    `settles` (2 s): between two looks anything may be under way, and the case file follows the workflow by a moment.
    `catches_up` (45 s) is for a case file that is merely behind. A page whose write was under way in a worker that was
    killed is written again only when that attempt has timed out (10 s), and where that fails too after a pause of up
    to 10 s (`workflows.policies.WRITE_CASE_FILE`); to begin with, the case may have to be given to another worker, which
    takes as long. Each page that gets there is counted anew.
    """

    settles: int = 6
    catches_up: int = 114
    between_looks: float = 0.4


DEFAULT_STABILITY = StabilityCheck()


async def find_confirmed_difference(
    ref: CaseRef, kept: Kept, beliefs: StatusQuery, patience: StabilityCheck = DEFAULT_STABILITY
) -> Difference | None:
    """How the two differ once both have had time to settle; None: not at all, or the case has ended. Raises QueryTimeout."""
    standing, times = None, 0
    while True:
        status = await _status(beliefs, ref)
        case = await kept(ref)
        found = compare(ref, case, status)
        if found is None:
            return None
        now = (found.code, case.version if case else 0)
        standing, times = now, times + 1 if now == standing else 1
        if times >= (patience.catches_up if found.code is FindingCode.BEHIND else patience.settles):
            return found
        await asyncio.sleep(patience.between_looks)


async def _status(beliefs: StatusQuery, ref: CaseRef) -> WorkflowStatus | QueryFailed | None:
    try:
        return await beliefs.status(ref)
    except QueryFailed as failure:
        return failure


async def rebuild_read_model(
    ref: CaseRef, believed: StateQuery, read_model: ReadModelRebuild, *, by: str, finding: str
) -> bool:
    """Write the case file's row of `ref` anew from its workflow; False where that cannot be done.

    Nothing is done for a case that no workflow runs, nor where the file lacks entries. Raises QueryFailed or QueryTimeout.
    """
    case = await believed.get_state(ref)
    return case is not None and await read_model.rebuild_read_model(case, by, finding)


def compare(ref: CaseRef, case: CaseSnapshot | None, status: WorkflowStatus | QueryFailed | None) -> Difference | None:
    """How the case file's `case` differs from what its workflow believes, at this moment."""
    if case is not None and case.ended_on is not None and status is None:
        return None
    match status:
        case None:
            return None if case is None else Difference(ref, FindingCode.NO_WORKFLOW, (), _NOT_RUN)
        case QueryFailed():
            return Difference(ref, FindingCode.TASK_FAILING, (), _FAILS)
    if status.get("sequence_conflict"):
        return Difference(
            ref, FindingCode.SEQUENCE_CONFLICT, (), f"the workflow has stopped writing: {status['sequence_conflict']}"
        )
    # A request that was refused has a workflow for a moment, and never a case.
    believed, written = int(status.get("version", 0)), case.version if case else 0
    if status["unwritten"] and written < believed:
        return Difference(ref, FindingCode.BEHIND, (str(written), str(believed)), _BEHIND.format(written, believed))
    if case is None:
        return Difference(ref, FindingCode.NO_CASE, (), _NOT_KEPT) if believed else None
    return _differing(case, status)


_NOT_KEPT = "runs in Temporal, and the case file has no such case"
_NOT_RUN = "open in the case file, and Temporal has no such workflow"
_FAILS = "the workflow cannot answer, because its own code fails"
_BEHIND = "the case file does not get what the workflow has to write: it is at version {}, the workflow at {}"


def _differing(case: CaseSnapshot, status: WorkflowStatus) -> Difference | None:
    kept = {name: _in_order(to_json(getattr(case, name))) for name in COMPARED_FIELDS}
    differing = tuple(name for name in COMPARED_FIELDS if kept[name] != _in_order(status.get(name)))
    if not differing:
        return None
    both = (f"{name} is {kept[name]} in the case file and {status.get(name)} in the workflow" for name in differing)
    return Difference(case.ref, FindingCode.DIFFERS, differing, "; ".join(both))


def _in_order(value: Any) -> Any:
    """The waits in the order of their keys: the case file keeps them in none."""
    return sorted(value, key=lambda wait: str(wait["key"])) if isinstance(value, list) else value
