"""What the servers do once a minute: count open cases for the board, complete what a crash left, delete what is old.

Every server process tries: one of them does it.
"""

import time
from collections.abc import Callable
from datetime import date

import asyncpg
import structlog

from adapters.polling import PollingLoop
from adapters.postgres.asks import close_interrupted_attempts
from adapters.postgres.board import PostgresBoard
from adapters.postgres.facilitators import report_outdated_facilitators
from adapters.postgres.pruning import prune_bulk_selections, prune_changes, prune_idempotency_keys
from adapters.postgres.vault import PostgresVault

log = structlog.get_logger("adapters.housekeeping")

INTERVAL = 60.0
RECENT_SHARE = 0.9
"""The share of the interval after which it is due again: two servers that alternate must not make it two minutes."""
ATTEMPT_SECONDS = 60.0
"""An attempt to send to an agency takes no longer: see `workflows.policies.ASK_AGENCY`."""
CHANGE_HOURS = 26.0
"""How long the change feed goes back: a day and a little more."""

IDEMPOTENCY_KEY_DAYS = 7.0
BULK_SELECTION_DAYS = IDEMPOTENCY_KEY_DAYS + 1
"""Longer than the key under which a bulk action can be repeated."""


class HousekeepingJob(PollingLoop):
    """Does the housekeeping every `seconds`. `today` returns the day in case time."""

    def __init__(self, pool: asyncpg.Pool, today: Callable[[], date], seconds: float = INTERVAL) -> None:
        super().__init__("housekeeping")
        self._pool = pool
        self._today = today
        self._seconds = seconds

    async def poll(self) -> float:
        """Do what is due, and wait for the next minute."""
        await self.run_once()
        return self._seconds

    async def run_once(self) -> bool:
        """Do what is due; False: another server is doing it, or has just done it."""
        began = time.monotonic()
        if not await PostgresBoard(self._pool).refresh(self._today(), self._seconds * RECENT_SHARE):
            return False
        await close_interrupted_attempts(self._pool, ATTEMPT_SECONDS)
        facilitators = await report_outdated_facilitators(self._pool)
        pruned = await prune_changes(self._pool, CHANGE_HOURS)
        keys = await prune_idempotency_keys(self._pool, IDEMPOTENCY_KEY_DAYS)
        waits = await prune_bulk_selections(self._pool, BULK_SELECTION_DAYS)
        facts = {"changes_pruned": pruned, "keys_pruned": keys, "bulk_selections_pruned": waits}
        facts["facilitators_reported"] = facilitators
        facts["contact_changes_applied"] = await PostgresVault(self._pool).apply_recorded_changes(IDEMPOTENCY_KEY_DAYS)
        log.debug("job.done", job="housekeeping", seconds=round(time.monotonic() - began, 2), **facts)
        return True
