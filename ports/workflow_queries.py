"""What the workflows of cases answer, and what Temporal knows of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from domain.findings import FindingCode
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot
from ports.reconciliation import CaseSummary


@dataclass(frozen=True, slots=True)
class WorkflowState:
    """What the workflow of a case has to say of it: `case` is None where none was opened.

    `unwritten` counts the records that are not in the case file yet; `sequence_conflict` says why it writes no more;
    `refused_due` names the events that were due and that the process refused.
    """

    case: CaseSnapshot | None
    unwritten: int = 0
    sequence_conflict: str = ""
    refused_due: tuple[str, ...] = ()


class QueryFailed(Exception):
    """The code of a case's workflow fails when it is queried."""


class QueryTimeout(Exception):
    """A case's workflow did not answer in time: there may be no worker."""


@dataclass(frozen=True, slots=True)
class WorkflowProblem:
    """What keeps Temporal from running a case: a code, and facts of one word each."""

    code: FindingCode
    facts: tuple[str, ...]


class WorkflowQueries(Protocol):
    """Queries of the workflows of cases. Temporal's lists are some moments behind."""

    async def get_state(self, ref: CaseRef) -> WorkflowState | None:
        """The state of the running workflow of `ref`; None: none runs. Raises QueryFailed and QueryTimeout."""

    def list_running(self, after: str = "", up_to: str = "") -> AsyncIterator[CaseSummary]:
        """The running workflows with a reference after `after` and up to `up_to` (empty: any), in no order.

        Stage and step are empty where a workflow has not set them yet.
        """

    def list_failing(self) -> AsyncIterator[CaseRef]:
        """The running workflows whose own code is reported to fail."""

    async def get_problem(self, ref: CaseRef) -> WorkflowProblem | None:
        """What keeps the workflow of `ref` from continuing; None: nothing does, or there is none."""
