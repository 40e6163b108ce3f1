"""A worker that is killed in the midst of a write: the page is in the case file, and nobody was told so.

Run as a program with the addresses of PostgreSQL and Temporal, a task queue, and the event whose page is its last.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from activities.agencies import AgencyActivities
from activities.casefile import CaseFileActivities
from activities.ports import CaseFile, Page
from adapters.postgres.casefile import PostgresCaseFile
from adapters.postgres.pool import open_pool
from adapters.temporal import SHARED
from tests.fakes import EveryAgency, MemoryAsks, MemoryChannel
from workflows.case import RestorativeJusticeCase


class Doomed:
    """A case file whose process does not live to tell that it has written `last`."""

    def __init__(self, file: CaseFile, last: str) -> None:
        self._file = file
        self._last = last

    async def write(self, page: Page) -> None:
        await self._file.write(page)
        if any(entry.event == self._last for entry in page.entries):
            os.kill(os.getpid(), signal.SIGKILL)


def worker_on(client: Client, task_queue: str, file: CaseFile) -> Worker:
    """A worker on this case file, whose agencies take whatever they are asked."""
    agencies = AgencyActivities(EveryAgency(), MemoryAsks(), MemoryChannel())
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[RestorativeJusticeCase],
        activities=[CaseFileActivities(file).write_page, agencies.ask_agency, agencies.call_back_ask],
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )


async def main(dsn: str, address: str, task_queue: str, last: str) -> None:
    """Work until the end comes."""
    pool, client = await open_pool(dsn), await Client.connect(address, plugins=[SHARED])
    async with worker_on(client, task_queue, Doomed(PostgresCaseFile(pool), last)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
