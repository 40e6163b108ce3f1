"""The running cases: an event is recorded by an update, and its result is the case's answer."""

import asyncio
from datetime import timedelta

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

UPDATE_TIMEOUT = 15.0

_RESULT = TypeAdapter(RecordResult)


class TemporalCases:
    """Implements `ports.cases.Cases`."""

    def __init__(self, client: Client, timeout: float = UPDATE_TIMEOUT) -> None:
        self._client = client
        self._timeout = timeout

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        """Send `record` as an update with the record's id, and return its result."""
        try:
            async with asyncio.timeout(self._timeout):
                result = await self._client.get_workflow_handle(ref).execute_update(
                    RECORD_EVENT, write_record(record), id=record.id, rpc_timeout=timedelta(seconds=self._timeout)
                )
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            if not isinstance(cause, ApplicationError) or cause.type not in set(Refusal):
                raise RecordRefused(Refusal.UNREADABLE, type(cause).__name__) from None
            raise RecordRefused(Refusal(cause.type), *cause.details) from None
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            raise CaseTimeout from None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise WorkflowNotFound from None
            if error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
                raise CaseTimeout from None
            raise TemporalUnavailable(error.status.name.lower()) from None
        except RuntimeError:
            # This is what connecting raises where nobody answers.
            raise TemporalUnavailable("not_connected") from None
        return _RESULT.validate_python(result)
