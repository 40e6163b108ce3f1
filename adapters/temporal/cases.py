"""The running cases, as Temporal's client reaches them: a record is an update, and the case's answer its result."""

from datetime import timedelta
from typing import Any, NoReturn

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

_ANSWER = TypeAdapter(RecordResult)
_NO_ANSWER = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class TemporalCases:
    """Implements `casework.ports.Cases`."""

    def __init__(self, client: Client, seconds_to_answer: float = SECONDS_TO_ANSWER) -> None:
        self._client = client
        self._timeout = timedelta(seconds=seconds_to_answer)

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        """Send `record` and wait for the answer; see the port. The update has the record's id."""
        raw = write_record(record)
        try:
            answered = await self._client.get_workflow_handle(ref).execute_update(
                RECORD_EVENT, raw, id=record.id, rpc_timeout=self._timeout
            )
        except WorkflowUpdateFailedError as failed:
            raise _refused(failed) from None
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            raise CaseTimeout from None
        except RPCError as error:
            _raise_for(error)
        answer = _ANSWER.validate_python(answered)
        if answer.refused is not None:
            # A signal had brought the same record before, and it was refused then.
            raise RecordRefused(Refusal(answer.refused), answer.detail)
        return answer


def _refused(failed: WorkflowUpdateFailedError) -> RecordRefused:
    """The refusal that the update's validator wrote into the error: its type is the code, its message a sentence."""
    cause: Any = failed.cause
    if not isinstance(cause, ApplicationError) or cause.type not in set(Refusal):
        return RecordRefused(Refusal.UNREADABLE, type(cause).__name__)
    code = Refusal(cause.type)
    return RecordRefused(code, _detail(cause.message, code))


def _detail(message: str, code: Refusal) -> str:
    """What the refusal is about: what stands in brackets after the code's own sentence, or a message of its own."""
    sentence = str(RecordRefused(code))
    about = message.removeprefix(sentence).strip()
    return about[1:-1] if about.startswith("(") and about.endswith(")") else about


def _raise_for(error: RPCError) -> NoReturn:
    if error.status is RPCStatusCode.NOT_FOUND:
        raise WorkflowNotFound from None
    if error.status in _NO_ANSWER:
        raise CaseTimeout from None
    raise TemporalUnavailable(error.status.name.lower()) from None
