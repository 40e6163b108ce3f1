"""The directory of agencies, where the webhook endpoint looks up the sender of each message."""

import asyncio
import time

from ports.agencies import Agency, Directory

SECONDS = 1.0
"""How much later than the directory the endpoint notices a change, such as a key that was withdrawn."""
LOOKUP_TIMEOUT = 5.0
"""After this many seconds the directory counts as unavailable."""


class CachedDirectory:
    """Implements `ports.agencies.Directory`, and keeps each agency for `seconds`, but not that there is none."""

    def __init__(self, directory: Directory, seconds: float = SECONDS) -> None:
        self._directory = directory
        self._seconds = seconds
        self._cache: dict[str, tuple[float, Agency]] = {}

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        """See the port."""
        return await self._directory.find(agency, area, question)

    async def get_by_id(self, id: str) -> Agency | None:
        """See the port. Raises TimeoutError."""
        now = time.monotonic()
        expires_at, cached = self._cache.get(id, (now, None))
        if now < expires_at:
            return cached
        self._cache.pop(id, None)
        async with asyncio.timeout(LOOKUP_TIMEOUT):
            agency = await self._directory.get_by_id(id)
        if agency is not None:
            self._cache[id] = (now + self._seconds, agency)
        return agency
