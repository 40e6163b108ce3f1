"""What the workflows of cases answer, and what Temporal knows of them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from domain.findings import FindingCode
from domain.vocabulary import CaseRef
from ports.reconciliation import CaseSummary

WorkflowStatus = Mapping[str, Any]
"""The answer of a case's workflow to the query `get_status`."""


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

    async def get_status(self, ref: CaseRef) -> WorkflowStatus | None:
        """The status of the running workflow of `ref`; None: none runs. Raises QueryFailed and QueryTimeout."""

    def list_running(self, after: str = "", up_to: str = "") -> AsyncIterator[CaseSummary]:
        """The running workflows with a reference after `after` and up to `up_to` (empty: any), in no order.

        Stage and step are empty where a workflow has not set them yet.
        """

    def list_failing(self) -> AsyncIterator[CaseRef]:
        """The running workflows whose own code is reported to fail."""

    async def get_problem(self, ref: CaseRef) -> WorkflowProblem | None:
        """What keeps the workflow of `ref` from continuing; None: nothing does, or there is none."""
