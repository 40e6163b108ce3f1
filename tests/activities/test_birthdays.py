"""Birthdays that could not be recorded are left to the next attempt."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.birthdays import BirthdayActivities
from ports.birthdays import BirthdayTotals


@dataclass
class FixedTotals:
    """Reports a heartbeat, and these totals."""

    totals: BirthdayTotals

    async def record_birthdays(self, heartbeat: Callable[[], None]) -> BirthdayTotals:
        heartbeat()
        return self.totals


@pytest.mark.parametrize("left", [0, 2])
async def test_an_attempt_fails_while_some_are_left_and_says_how_many(left: int) -> None:
    attempt, totals, beats = ActivityEnvironment(), BirthdayTotals(recorded=1, left=left), list[None]()
    attempt.on_heartbeat = lambda: beats.append(None)
    activities = BirthdayActivities(FixedTotals(totals))
    if left:
        with pytest.raises(ApplicationError, match=r"^birthdays_left: 2 birthdays are not recorded yet$"):
            await attempt.run(activities.record_birthdays)
    else:
        assert await attempt.run(activities.record_birthdays) == totals
    assert beats == [None]
