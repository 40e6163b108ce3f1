"""How long the engine pauses before it tries again to reach an agency."""

import random
from datetime import timedelta

from temporalio.common import RetryPolicy

RESTING = timedelta(minutes=1)
"""After this it is looked again whether asks are still paused."""
LONGEST_ASKED_FOR = timedelta(days=1)
"""An agency that asks for a longer pause (`Retry-After`) is tried again after this one."""


def pause_after(failures: int, policy: RetryPolicy, chance: random.Random, asked_for: float | None = None) -> timedelta:
    """The pause after an attempt that failed when `failures` had failed before it.

    It grows as `policy` says. A part of it, up to half, is left to chance, so that what failed together does not come
    back together. `asked_for`: seconds that the agency asks for, which lengthen the pause and never shorten it.
    """
    longest = policy.maximum_interval or 100 * policy.initial_interval
    grown = policy.initial_interval.total_seconds() * policy.backoff_coefficient**failures
    own = min(grown, longest.total_seconds()) * chance.uniform(0.5, 1.0)
    wanted = min(asked_for or 0.0, LONGEST_ASKED_FOR.total_seconds())
    return timedelta(seconds=max(own, wanted))
