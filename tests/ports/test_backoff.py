"""How the pauses between attempts grow."""

import random

import pytest

from ports.backoff import Backoff


class Dice(random.Random):
    """Always throws the same."""

    def __init__(self, throw: float) -> None:
        super().__init__()
        self.throw = throw

    def random(self) -> float:
        return self.throw


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(first=5, longest=3600, chance=Dice(0))

    assert [backoff.pause(failures) for failures in (1, 2, 3, 10, 11, 10_000)] == [5, 10, 20, 2560, 3600, 3600]


@pytest.mark.parametrize(("throw", "pause"), [(0.0, 8), (0.5, 7.2), (0.999, 6.4)])
def test_a_part_of_each_pause_is_left_out_at_random(throw: float, pause: float) -> None:
    assert Backoff(first=4, longest=100, chance=Dice(throw)).pause(2) == pytest.approx(pause, rel=0.01)


def test_what_failed_together_is_not_repeated_together() -> None:
    pauses = {Backoff(first=1, longest=3600).pause(12) for _ in range(100)}

    assert len(pauses) == 100


HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize(
    ("failures", "asked_for", "expected"),
    [
        (1, 120, 120),
        (1, 0.2, 1),
        (21, 120, HOUR),
        (21, 2 * HOUR, 2 * HOUR),
        (1, 1e8, DAY),
        (1, 0, 1),
    ],
)
def test_the_other_side_may_ask_for_a_longer_pause_but_never_for_a_shorter_one(
    failures: int, asked_for: float, expected: float
) -> None:
    assert Backoff(first=1, longest=HOUR, chance=Dice(0)).pause(failures, asked_for) == expected
