"""The loop of every job that looks for work in the database."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable
from contextlib import suppress

import structlog

from adapters.postgres.pool import UNAVAILABLE_ERRORS
from log import describe_error
from ports.backoff import Backoff

log = structlog.get_logger("adapters.polling")

BACKOFF = Backoff(first=0.5, longest=30.0)


class PollingLoop(ABC):
    """Polls until it is stopped, at once while there is work, otherwise after a pause. `job` is its name in the log."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._woken = asyncio.Event()
        self._stopped = False

    @abstractmethod
    async def poll(self) -> float | None:
        """Do some of what is due, and return how many seconds later to look again; None where all of it failed."""

    async def finish(self) -> None:  # noqa: B027 - most jobs leave nothing under way
        """Wait for what is still under way when the loop ends."""

    def wake(self) -> None:
        """End the present pause: there is work."""
        self._woken.set()

    def stop(self) -> None:
        """End `run` after what it is doing now."""
        self._stopped = True
        self._woken.set()

    async def run(self) -> None:
        """Poll until stopped. Whatever fails is logged without its text, which may name somebody, and tried again."""
        failures = 0
        while not self._stopped:
            self._woken.clear()
            pause: float | None = None
            try:
                pause = await self.poll()
            except UNAVAILABLE_ERRORS as error:
                log.warning("job.database_unavailable", job=self._job, error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - the next poll may succeed
                log.error("job.failed", job=self._job, error=describe_error(error))  # noqa: TRY400
            failures = failures + 1 if pause is None else 0
            seconds = BACKOFF.pause(failures) if pause is None else pause
            if seconds and not self._stopped:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._woken.wait()
        await self.finish()


async def run_together(actions: Iterable[Awaitable[None]]) -> None:
    """Run `actions` concurrently, each to its end; raises the first error after that."""
    for error in await asyncio.gather(*actions, return_exceptions=True):
        if error is not None:
            raise error
