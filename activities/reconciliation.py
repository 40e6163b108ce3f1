"""The reconciliation's activities: they go through cases, say how far they have come, and go on there when cut off."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass

from temporalio import activity

from ports.reconciliation import PassLimit, PassResult, ReconciliationPasses

SECONDS_BETWEEN_BEATS = 3.0
"""Well within the heartbeat timeout of `workflows.policies.GO_THROUGH_CASES`."""


@dataclass(frozen=True)
class ReconciliationActivities:
    """One activity for each pass. What is done twice because a worker was killed changes nothing."""

    reconciling: ReconciliationPasses

    @activity.defn
    async def recheck_findings(self, share: PassLimit) -> PassResult:
        """See `ReconciliationPasses`."""
        return await _within(share, self.reconciling.recheck_findings(_so_far()))

    @activity.defn
    async def compare_all(self, share: PassLimit) -> PassResult:
        """See `ReconciliationPasses`."""
        return await _within(share, self.reconciling.compare_all(_so_far()))

    @activity.defn
    async def check_next(self, share: PassLimit) -> PassResult:
        """See `ReconciliationPasses`."""
        return await _within(share, self.reconciling.check_next(_so_far(), share.cases))


def _so_far() -> PassResult:
    """How far the attempt before came; the beginning, where this is the first."""
    details = activity.info().heartbeat_details
    return PassResult(**details[0]) if details else PassResult()


async def _within(share: PassLimit, passing: AsyncGenerator[PassResult]) -> PassResult:
    """Let it go on until it is done, or its share of time is over."""
    clock = asyncio.get_running_loop().time
    ends, beating, tally = clock() + share.seconds, _Beating(), PassResult()
    async with beating, aclosing(passing):
        async for tally in passing:
            beating.tally = tally
            if clock() >= ends:
                break
    return tally


class _Beating:
    """Tells Temporal that the activity lives and how far it has come, also while one case takes its time."""

    def __init__(self) -> None:
        self.tally: PassResult | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._beat())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _beat(self) -> None:
        while True:
            # Without details a beat would wipe out those of the attempt before.
            activity.heartbeat(*([self.tally] if self.tally else activity.info().heartbeat_details))
            await asyncio.sleep(SECONDS_BETWEEN_BEATS)
