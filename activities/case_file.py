"""The case file's activities."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from ports.case_file import CaseFile, RecordResult, ResultQuery, SequenceConflict, WriteBatch
from workflows.names import FIND_RESULTS, WRITE_CASE_FILE


@dataclass(frozen=True)
class CaseFileActivities:
    """Writes and reads the case file. A write that is retried or late changes nothing."""

    casefile: CaseFile

    @activity.defn(name=WRITE_CASE_FILE)
    async def write_case_file(self, batch: WriteBatch) -> None:
        """Write `batch`. A sequence conflict is not retried: it does not pass by itself."""
        try:
            await self.casefile.write(batch)
        except SequenceConflict as conflict:
            raise ApplicationError(str(conflict), type=SequenceConflict.__name__, non_retryable=True) from None

    @activity.defn(name=FIND_RESULTS)
    async def find_results(self, query: ResultQuery) -> tuple[RecordResult, ...]:
        """What became of records that came in before."""
        return await self.casefile.find_results(query)
