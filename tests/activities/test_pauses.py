"""How the pauses between tries grow, and what an agency may ask for."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from activities.pauses import pause_after
from workflows.policies import ASK_AGENCY

POLICY = ASK_AGENCY["retry_policy"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Dice(random.Random):
    """Throws the same each time: 0 gives the longest pause, 1 the shortest."""

    def __init__(self, throws: float) -> None:
        super().__init__()
        self.throws = throws

    def random(self) -> float:
        return self.throws


def pause(failures: int, throws: float = 0.0, asked_for: float | None = None) -> timedelta:
    assert POLICY is not None
    return pause_after(failures, POLICY, Dice(throws), asked_for)


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [pause(failures) for failures in range(40)]

    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
    assert all(before <= after for before, after in pairwise(pauses))
    assert pauses[12:] == [HOUR] * 28


def test_up_to_half_of_a_pause_is_left_to_chance() -> None:
    assert [pause(5, throws) for throws in (1.0, 0.5, 0.0)] == [timedelta(seconds=each) for each in (16, 24, 32)]


def test_what_failed_together_does_not_come_back_together() -> None:
    assert POLICY is not None
    pauses = {pause_after(11, POLICY, random.Random(seed)) for seed in range(100)}

    assert len(pauses) == 100
    assert max(pauses) - min(pauses) > timedelta(minutes=10)


@pytest.mark.parametrize(
    ("failures", "asked_for", "expected"),
    [
        (0, 120.0, timedelta(minutes=2)),
        (0, 0.2, timedelta(seconds=1)),
        (20, 120.0, HOUR),
        (20, 7200.0, timedelta(hours=2)),
        (0, 1e8, DAY),
        (0, 0.0, timedelta(seconds=1)),
    ],
)
def test_an_agency_may_ask_for_a_longer_pause_but_never_for_a_shorter_one(
    failures: int, asked_for: float, expected: timedelta
) -> None:
    assert pause(failures, asked_for=asked_for) == expected
