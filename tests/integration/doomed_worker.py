"""A worker that is killed in the midst of its work, and nobody was told how far it came.

Run as a program with the addresses of PostgreSQL and Temporal, a task queue, and what is the last that it does: the
event whose page it has just written, or `ask`: it has just sent something to an agency.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from domain.effects import Ask
from ports.agencies import Agency, Asks, Channel
from ports.case_file import CaseFile, RecordResult, ResultQuery, WriteBatch
from tests.case_workers import create_case_worker
from tests.fakes import MemoryAsks, MemoryChannel


class DoomedCaseFile:
    """A case file whose process does not live to tell that it has written `last`."""

    def __init__(self, file: CaseFile, last: str) -> None:
        self._file = file
        self._last = last

    async def write(self, batch: WriteBatch) -> None:
        await self._file.write(batch)
        if any(entry.event == self._last for entry in batch.entries):
            os.kill(os.getpid(), signal.SIGKILL)

    async def find_results(self, query: ResultQuery) -> tuple[RecordResult, ...]:
        return await self._file.find_results(query)


class DoomedChannel(MemoryChannel):
    """A channel whose process does not live to tell that something was sent."""

    async def ask(self, agency: Agency, ask: Ask) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def worker_on(
    client: Client, task_queue: str, file: CaseFile, asks: Asks | None = None, channel: Channel | None = None
) -> Worker:
    """A worker on this case file, whose agencies take whatever they are asked."""
    return create_case_worker(
        client,
        task_queue,
        file,
        asks or MemoryAsks(),
        channel or MemoryChannel(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )


async def main(dsn: str, address: str, task_queue: str, last: str) -> None:
    """Work until the end comes."""
    pool, client = await open_pool(dsn), await Client.connect(address, plugins=[SHARED])
    channel = DoomedChannel() if last == "ask" else MemoryChannel()
    async with worker_on(client, task_queue, DoomedCaseFile(PostgresCaseFile(pool), last), PostgresAsks(pool), channel):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
