"""The outbox of notices in PostgreSQL."""

from datetime import datetime

import asyncpg

from domain.duties import Tell

_PUT = """
insert into notices (key, ref, recipient, message, stage, step, reason, hears_again_on, about, wording, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (key) do nothing
"""


class PostgresNotices:
    """Implements `activities.ports.Notices`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def put(self, tell: Tell, wording: tuple[str, ...], at: datetime) -> None:
        """Keep the notice under its key; see the port."""
        await self._pool.execute(
            _PUT,
            tell.key,
            tell.ref,
            tell.to,
            tell.message,
            tell.stage,
            tell.step,
            tell.reason,
            tell.hears_again_on,
            tell.about,
            wording,
            at,
        )
