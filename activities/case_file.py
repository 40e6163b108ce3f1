"""The case file's activity."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from ports.case_file import CaseFile, SequenceConflict, WriteBatch
from workflows.names import WRITE_CASE_FILE


@dataclass(frozen=True)
class CaseFileActivities:
    """Writes batches; idempotent, so that a retried or late one changes nothing."""

    casefile: CaseFile

    @activity.defn(name=WRITE_CASE_FILE)
    async def write_case_file(self, batch: WriteBatch) -> None:
        """Write `batch`. A sequence conflict is not retried: it does not pass by itself."""
        try:
            await self.casefile.write(batch)
        except SequenceConflict as conflict:
            raise ApplicationError(str(conflict), type=SequenceConflict.__name__, non_retryable=True) from None
