"""The reconciliation's activities: each makes one pass, reports how far it is, and continues there when cut off."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from temporalio import activity

from ports.reconciliation import PassLimit, PassResult, ReconciliationPasses
from workflows.names import CHECK_NEXT, COMPARE_ALL, RECHECK_FINDINGS

HEARTBEAT_SECONDS = 3.0
"""Well within the heartbeat timeout of `workflows.policies.GO_THROUGH_CASES`."""


@dataclass(frozen=True)
class ReconciliationActivities:
    """One activity for each pass. What is done twice because a worker was killed changes nothing."""

    passes: ReconciliationPasses

    @activity.defn(name=RECHECK_FINDINGS)
    async def recheck_findings(self, limit: PassLimit) -> PassResult:
        """Check the cases with a finding."""
        return await _make_pass(self.passes.recheck_findings(_result_so_far()), limit)

    @activity.defn(name=COMPARE_ALL)
    async def compare_all(self, limit: PassLimit) -> PassResult:
        """Compare all cases by lists."""
        return await _make_pass(self.passes.compare_all(_result_so_far()), limit)

    @activity.defn(name=CHECK_NEXT)
    async def check_next(self, limit: PassLimit) -> PassResult:
        """Check the next cases one by one."""
        return await _make_pass(self.passes.check_next(_result_so_far(), limit.cases), limit)


def _result_so_far() -> PassResult:
    """What the attempt before reported; nothing, where this is the first."""
    details = activity.info().heartbeat_details
    return PassResult(**details[0]) if details else PassResult()


async def _make_pass(results: AsyncGenerator[PassResult], limit: PassLimit) -> PassResult:
    """Continue until the pass is done, or its time is over. Heartbeats go on while one case takes its time."""
    clock, latest = asyncio.get_running_loop().time, _result_so_far()
    ends = clock() + limit.seconds

    async def send_heartbeats() -> None:
        while True:
            # Without details a heartbeat would wipe out those of the attempt before.
            activity.heartbeat(latest)
            await asyncio.sleep(HEARTBEAT_SECONDS)

    heartbeats = asyncio.create_task(send_heartbeats())
    try:
        async with aclosing(results):
            async for result in results:
                latest = result
                if clock() >= ends:
                    break
    finally:
        heartbeats.cancel()
    return latest
