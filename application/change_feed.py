"""The feed of changes: one reader for each process, however many subscribers there are."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from queries.changes import CaseChange, ChangeBatch, ChangeQueries, PositionExpired

log = structlog.get_logger("application.change_feed")

SECONDS_BETWEEN_READS = 0.5
BATCH_SIZE = 500
MAX_CACHED = 5_000
"""How many changes are kept in memory; a subscriber that is further behind reads them from the database."""


@dataclass
class ChangeFeed:
    """Reads changes while anybody subscribes. `database_errors` say that the database is unavailable."""

    queries: ChangeQueries
    database_errors: tuple[type[Exception], ...]
    seconds: float = SECONDS_BETWEEN_READS
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _cache: deque[CaseChange] = field(default_factory=lambda: deque(maxlen=MAX_CACHED))
    _start: int = 0
    _head: int = 0
    _subscribers: int = 0
    _reader: asyncio.Task[None] | None = None
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[None]:
        """Have changes read meanwhile. Raises one of `database_errors`."""
        # One at a time: two who subscribed at once would each start a reader, and everybody would get everything twice.
        async with self._starting:
            if self._subscribers == 0:
                self._head = self._start = await self.queries.get_head()
                self._cache.clear()
                self._reader = asyncio.create_task(self._read())
            self._subscribers += 1
        try:
            yield
        finally:
            self._subscribers -= 1
            if self._subscribers == 0 and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    @property
    def head(self) -> int:
        """The position up to which everything has been read."""
        return self._head

    async def read_after(self, position: int, areas: frozenset[str] | None) -> ChangeBatch | PositionExpired:
        """The changes in `areas` (None: all) after `position`, from memory if possible.

        A subscriber that is ahead comes from another server, whose reader read later: it gets nothing until this one
        has come so far.
        """
        is_cached = position >= self._start and (len(self._cache) < MAX_CACHED or position >= self._cache[0].position)
        if not is_cached:
            within = None if areas is None else sorted(areas)
            found = await self.queries.read_after(position, areas=within, limit=BATCH_SIZE)
            if isinstance(found, PositionExpired) or found.position <= self._head:
                return found
            # No further than the reader has come: from there on memory continues.
            return ChangeBatch(tuple(change for change in found.changes if change.position <= self._head), self._head)
        if position > self._head:
            known = await self.queries.read_after(position, areas=[], limit=1)
            return known if isinstance(known, PositionExpired) else ChangeBatch((), position)
        changes = (change for change in self._cache if change.position > position)
        return ChangeBatch(tuple(change for change in changes if areas is None or change.area in areas), self._head)

    async def wait_for_change(self, position: int, seconds: float) -> None:
        """Wait until something is read after `position`, or `seconds` have passed."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self._head > position)
        except TimeoutError:
            return

    async def _read(self) -> None:
        while True:
            try:
                batch = await self.queries.read_after(self._head, areas=None, limit=BATCH_SIZE)
                async with self._news:
                    if isinstance(batch, ChangeBatch):
                        self._cache.extend(batch.changes)
                    else:
                        # As after a restored database: subscribers are told to start again.
                        self._cache.clear()
                        self._start = batch.position
                    self._head = batch.position
                    self._news.notify_all()
            except self.database_errors as error:
                log.warning("change_feed.database_unavailable", error=type(error).__name__)
            except Exception:
                # Whatever it is, subscribers would otherwise get nothing more and not know it.
                log.exception("change_feed.failed")
            await asyncio.sleep(self.seconds)
