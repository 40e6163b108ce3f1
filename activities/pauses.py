"""How long the engine pauses before it tries again to reach an agency."""

import random
from datetime import timedelta

from temporalio.common import RetryPolicy

from ports.backoff import Backoff

RESTING = timedelta(minutes=1)
"""After this it is looked again whether asks are still paused."""
LONGEST_ASKED_FOR = timedelta(days=1)
"""An agency that asks for a longer pause (`Retry-After`) is tried again after this one."""


def pause_after(failures: int, policy: RetryPolicy, chance: random.Random, asked_for: float | None = None) -> timedelta:
    """The pause after an attempt that failed when `failures` had failed before it.

    It doubles between the intervals of `policy`. Up to half of it is left out at random, so that what failed together
    is not repeated together. `asked_for`: seconds that the agency asks for, which lengthen the pause and never
    shorten it.
    """
    longest = policy.maximum_interval or 100 * policy.initial_interval
    backoff = Backoff(policy.initial_interval.total_seconds(), longest.total_seconds(), spread=0.5, chance=chance)
    wanted = min(asked_for or 0.0, LONGEST_ASKED_FOR.total_seconds())
    return timedelta(seconds=max(backoff.pause(failures + 1), wanted))
