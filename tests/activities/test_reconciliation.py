"""A pass of the reconciliation ends when it is done or its time is over, and continues where it was cut off."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.reconciliation import ReconciliationActivities
from ports.reconciliation import PassLimit, PassResult


class CountingPasses:
    """Passes over ten cases, one at a time."""

    async def recheck_findings(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        for checked in range(so_far.checked + 1, 11):
            await asyncio.sleep(0)
            yield PassResult(position=str(checked), checked=checked, done=checked == 10)

    def compare_all(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        return self.recheck_findings(so_far)

    def check_next(self, so_far: PassResult, cases: int) -> AsyncGenerator[PassResult]:
        return self.recheck_findings(so_far)


ACTIVITIES = ReconciliationActivities(CountingPasses())


def environment(*details: Any) -> tuple[ActivityEnvironment, list[Any]]:
    """An attempt after one that reported `details`, and what this one reports."""
    attempt = ActivityEnvironment()
    reported: list[Any] = []
    attempt.info = dataclasses.replace(attempt.info, heartbeat_details=details)
    attempt.on_heartbeat = lambda *details: reported.append(details)
    return attempt, reported


async def test_a_pass_goes_on_until_it_is_done() -> None:
    attempt, _ = environment()
    result = await attempt.run(ACTIVITIES.recheck_findings, PassLimit(60))
    assert (result.checked, result.done) == (10, True)


async def test_a_pass_ends_when_its_time_is_over() -> None:
    attempt, _ = environment()
    result = await attempt.run(ACTIVITIES.compare_all, PassLimit(0))
    assert (result.checked, result.done) == (1, False)


async def test_a_pass_continues_where_it_was_cut_off_and_reports_that_first() -> None:
    before: dict[str, Any] = {"position": "7", "checked": 7}
    attempt, reported = environment(before)
    result = await attempt.run(ACTIVITIES.check_next, PassLimit(0, cases=10))
    assert result.checked == 8
    assert reported[0] == (PassResult(**before),)
