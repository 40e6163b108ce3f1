"""The case file's activity: what the workflow believes is written where people can read it."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from ports.case_file import CaseFile, SequenceConflict, WriteBatch


@dataclass(frozen=True)
class CaseFileActivities:
    """Writes pages; idempotent, so that a retried or late one changes nothing."""

    casefile: CaseFile

    @activity.defn
    async def write_case_file(self, batch: WriteBatch) -> None:
        """Write `batch`. A fork is not retried: somebody must look at it."""
        try:
            await self.casefile.write(batch)
        except SequenceConflict as forked:
            raise ApplicationError(str(forked), type=SequenceConflict.__name__, non_retryable=True) from None
