"""What the servers do once a minute: count the open cases for the board, and throw away what is not kept for longer.

Each server process tries; of several, one at a time does it, and none where another just has.
"""

import time
from collections.abc import Callable
from datetime import date

import asyncpg
import structlog

from adapters.polling import PollingLoop
from adapters.postgres.asks import close_interrupted_attempts
from adapters.postgres.board import PostgresBoard
from adapters.postgres.pruning import prune_bulk_selections, prune_changes, prune_idempotency_keys

log = structlog.get_logger("adapters.housekeeping")

SECONDS = 60.0
ENOUGH = 0.9
"""Of `SECONDS`: after so long it is counted again, so that two servers in turn do not make it two minutes."""
ATTEMPT_SECONDS = 60.0
"""An attempt to send to an agency takes no longer: see `workflows.policies.ASK_AGENCY`."""
HOURS_OF_CHANGES = 26.0
"""How long a change is kept for those who follow them: a day, and some."""

DAYS_OF_KEYS = 7.0
"""How long an `Idempotency-Key` and its answer are kept."""
DAYS_OF_BULK_SELECTIONS = DAYS_OF_KEYS + 1
"""How long it is kept which waits were meant: longer than the key under which they can be asked for again."""


class Housekeeping(PollingLoop):
    """Does the housekeeping every `seconds`. `today` gives the cases' day."""

    def __init__(self, pool: asyncpg.Pool, today: Callable[[], date], seconds: float = SECONDS) -> None:
        super().__init__("housekeeping")
        self._pool = pool
        self._today = today
        self._seconds = seconds

    async def poll(self) -> float:
        """Do what is due, and wait for the next minute."""
        await self.run_once()
        return self._seconds

    async def run_once(self) -> bool:
        """Do what is due; False where another server is at it, or has just been."""
        began = time.monotonic()
        if not await PostgresBoard(self._pool).refresh(self._today(), self._seconds * ENOUGH):
            return False
        await close_interrupted_attempts(self._pool, ATTEMPT_SECONDS)
        pruned = await prune_changes(self._pool, HOURS_OF_CHANGES)
        keys = await prune_idempotency_keys(self._pool, DAYS_OF_KEYS)
        waits = await prune_bulk_selections(self._pool, DAYS_OF_BULK_SELECTIONS)
        facts = {"changes_pruned": pruned, "keys_pruned": keys, "bulk_selections_pruned": waits}
        log.debug("job.done", job="housekeeping", seconds=round(time.monotonic() - began, 2), **facts)
        return True
