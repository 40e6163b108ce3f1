"""Following what happens to cases: one reader a process looks for whoever follows, however many they are."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from queries.changes import CaseChange, ChangeBatch, ChangeQueries, PositionExpired

log = structlog.get_logger("application.change_feed")

SECONDS_BETWEEN_LOOKS = 0.5
AT_ONCE = 500
REMEMBERED = 5_000
"""How many changes are kept in memory; who is further behind reads them from the database."""


@dataclass
class ChangeFeed:
    """Reads what changes as long as anybody follows. `queries` reads them, or raises one of `away`."""

    queries: Callable[[], ChangeQueries]
    away: tuple[type[Exception], ...]
    seconds: float = SECONDS_BETWEEN_LOOKS
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _seen: deque[CaseChange] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _from: int = 0
    _head: int = 0
    _followers: int = 0
    _reader: asyncio.Task[None] | None = None
    _beginning: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Have it read meanwhile. Raises one of `away` where the database does not say where it stands."""
        # One at a time: two who began at once would each start a reader, and everybody would get everything twice.
        async with self._beginning:
            if self._followers == 0:
                self._head = self._from = await self.queries().get_head()
                self._seen.clear()
                self._reader = asyncio.create_task(self._read())
            self._followers += 1
        try:
            yield
        finally:
            self._followers -= 1
            if self._followers == 0 and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    @property
    def head(self) -> int:
        """Up to where everything has been seen."""
        return self._head

    async def after(self, position: int, areas: frozenset[str] | None) -> ChangeBatch | PositionExpired:
        """What changed in `areas` (None: all) after `position`: from memory, or from the database for who is behind.

        Who is ahead comes from another server, whose reader looked later: nothing, until this one has come so far.
        """
        if position < self._from or (
            self._seen and len(self._seen) == REMEMBERED and position < self._seen[0].position
        ):
            return self._seen_here(
                await self.queries().read_after(position, areas=None if areas is None else sorted(areas), limit=AT_ONCE)
            )
        if position > self._head:
            known = await self.queries().read_after(position, areas=[], limit=1)
            return known if isinstance(known, PositionExpired) else ChangeBatch((), position)
        changes = (change for change in self._seen if change.position > position)
        return ChangeBatch(tuple(each for each in changes if areas is None or each.area in areas), self._head)

    def _seen_here(self, found: ChangeBatch | PositionExpired) -> ChangeBatch | PositionExpired:
        """What was found in the database, no further than the reader has come: from there on memory goes on."""
        if isinstance(found, PositionExpired) or found.position <= self._head:
            return found
        return ChangeBatch(tuple(each for each in found.changes if each.position <= self._head), self._head)

    async def wait(self, position: int, seconds: float) -> None:
        """Until something has been seen after `position`, or so many seconds have passed."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self._head > position)
        except TimeoutError:
            return

    async def _read(self) -> None:
        while True:
            try:
                await self._look()
            except self.away as error:
                log.warning("following.database_unavailable", error=type(error).__name__)
            except Exception:
                # Whatever it is, whoever follows would otherwise hear nothing more and not know it.
                log.exception("following.broke_off")
            await asyncio.sleep(self.seconds)

    async def _look(self) -> None:
        followed = await self.queries().read_after(self._head, areas=None, limit=AT_ONCE)
        async with self._news:
            if isinstance(followed, ChangeBatch):
                self._seen.extend(followed.changes)
            else:
                # As after a restored database: whoever follows is told to begin anew.
                self._seen.clear()
                self._from = followed.position
            self._head = followed.position
            self._news.notify_all()
