"""Which supervisor was sent which morning's digest, in PostgreSQL."""

import asyncpg

from domain.wording.digest import Digest

_SAVE = "insert into digests (staff, day, until) values ($1, $2, $3) on conflict do nothing"


class PostgresDigests:
    """Stores the digests that were sent."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def save_sent(self, digest: Digest) -> None:
        """Store that `digest` was sent; nothing of what it says."""
        await self._pool.execute(_SAVE, digest.member, digest.day, digest.until)
