"""Stores how refused messages were resolved."""

import asyncpg

from domain.refused_messages import Resolution


class PostgresRefusedMessages:
    """What `ports.inbox` names of refused messages."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def resolve(self, inbox_id: int, resolution: Resolution, by: str) -> bool:
        """See the port."""
        row = await self._pool.fetchrow(
            "update refused_messages set resolution = $2, resolved_at = now(), resolved_by = $3 "
            "where inbox = $1 and resolved_at is null returning true",
            inbox_id,
            resolution,
            by,
        )
        return row is not None
