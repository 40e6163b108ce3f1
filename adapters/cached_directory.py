"""Agencies by id, each asked of the directory once a second at most: a door looks its sender up for every message."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from ports.agencies import Agency

SECONDS = 1.0
"""How much later than the directory a door knows of a change: of a key that was withdrawn, say."""
SECONDS_TO_FIND = 5.0
"""After these the directory counts as away."""


class CachedDirectory:
    """What `find` gave within the last second; that an agency is not there is not remembered."""

    def __init__(self, find: Callable[[str], Awaitable[Agency | None]], seconds: float = SECONDS) -> None:
        self._find = find
        self._seconds = seconds
        self._known: dict[str, tuple[float, Agency]] = {}

    async def get_by_id(self, id: str) -> Agency | None:
        """The agency named `id`; None: there is none. Raises TimeoutError."""
        now = time.monotonic()
        until, known = self._known.get(id, (now, None))
        if now < until:
            return known
        self._known.pop(id, None)
        async with asyncio.timeout(SECONDS_TO_FIND):
            agency = await self._find(id)
        if agency is not None:
            self._known[id] = (now + self._seconds, agency)
        return agency
