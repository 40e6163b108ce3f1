"""The running cases, as Temporal's client reaches them: a record is an update, and the case's answer its result."""

from datetime import timedelta
from typing import NoReturn

from pydantic import TypeAdapter
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.events import Record
from domain.refusals import RecordRefused
from domain.vocabulary import CaseRef, Refusal
from ports.case_file import RecordResult
from ports.cases import CaseTimeout, TemporalUnavailable, WorkflowNotFound
from workflows.names import RECORD_EVENT
from workflows.record_codec import write_record

SECONDS_TO_ANSWER = 15.0

_RESULT = TypeAdapter(RecordResult)
_NO_ANSWER = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class TemporalCases:
    """Implements `casework.ports.Cases`."""

    def __init__(self, client: Client, seconds_to_answer: float = SECONDS_TO_ANSWER) -> None:
        self._client = client
        self._timeout = timedelta(seconds=seconds_to_answer)

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        """Send `record` as an update with the record's id, and return its result."""
        raw = write_record(record)
        try:
            result = await self._client.get_workflow_handle(ref).execute_update(
                RECORD_EVENT, raw, id=record.id, rpc_timeout=self._timeout
            )
        except WorkflowUpdateFailedError as failed:
            raise _refused(failed) from None
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            raise CaseTimeout from None
        except RPCError as error:
            _raise_for(error)
        except RuntimeError:
            # This is what connecting raises where nobody answers.
            raise TemporalUnavailable("not_connected") from None
        return _RESULT.validate_python(result)


def _refused(failed: WorkflowUpdateFailedError) -> RecordRefused:
    """The refusal in the update's error: its type is the code, and its detail what the refusal is about."""
    cause = failed.cause
    if not isinstance(cause, ApplicationError) or cause.type not in set(Refusal):
        return RecordRefused(Refusal.UNREADABLE, type(cause).__name__)
    return RecordRefused(Refusal(cause.type), *cause.details)


def _raise_for(error: RPCError) -> NoReturn:
    if error.status is RPCStatusCode.NOT_FOUND:
        raise WorkflowNotFound from None
    if error.status in _NO_ANSWER:
        raise CaseTimeout from None
    raise TemporalUnavailable(error.status.name.lower()) from None
