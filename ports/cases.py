"""What the functions of this package need of the outside: one Protocol a role, with the ways in which it may fail."""

from typing import Protocol

from domain.events import Record
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef
from workflows.case_log import RecordResult


class UnknownCase(CaseworkError):
    """The case file has no such case."""


class AreaForbidden(CaseworkError):
    """The case belongs to an area whose cases this person does not see."""


class RoleForbidden(CaseworkError):
    """Nobody with this person's roles may do it."""


class Retryable(CaseworkError):
    """What stood in the way is not the case's own: the same again may be done."""


class WorkflowNotFound(Retryable):
    """Temporal runs no such case, which is open in the case file."""


class CaseTimeout(Retryable):
    """The case did not answer in time, as where no worker runs. Whether it was recorded is not known."""


class TemporalUnavailable(Retryable):
    """Temporal does not answer. Whether it was recorded is not known: an answer can be lost on its way."""


class Cases(Protocol):
    """The running cases."""

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        """What the case `ref` answers to `record`; to a record that it has seen, its first answer.

        Raises RecordRefused, WorkflowNotFound (also where the case has ended, and its workflow is over), Unanswered and Away.
        """
