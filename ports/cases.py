"""The running cases: how an event is recorded in one, and how that can fail."""

from typing import Protocol

from domain.events import Record
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef
from ports.case_file import RecordResult


class Retryable(CaseworkError):
    """The case itself did not refuse: the same may be tried again."""


class WorkflowNotFound(Retryable):
    """The case is open in the case file, and Temporal runs no workflow for it."""


class CaseTimeout(Retryable):
    """The case did not answer in time, as where no worker runs. Whether the event was recorded is not known."""


class TemporalUnavailable(Retryable):
    """Temporal does not answer. Whether the event was recorded is not known."""


class Cases(Protocol):
    """The running cases."""

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        """What the case `ref` answers to `record`; to a record that it knows, its first answer.

        Raises RecordRefused, WorkflowNotFound (also where the case has ended and its workflow has completed),
        CaseTimeout and TemporalUnavailable.
        """
