"""What staff asked for under a key, and what they were answered, in PostgreSQL."""

from typing import Any

import asyncpg

from ports.idempotency import KeyReused, StoredResponse

# Of two who begin at the same time, both are told that there is no answer yet: what they do counts once beneath, or one
# of them claims it first.
_BEGIN = """
with fresh as (
    insert into idempotency_keys (account, key, fingerprint) values ($1, $2, $3) on conflict do nothing returning account
)
select fingerprint, status, headers, body from idempotency_keys where account = $1 and key = $2 and not exists (select from fresh)
"""

_CLAIM = """
update idempotency_keys set claimed_until = clock_timestamp() + $3 * interval '1 second'
where account = $1 and key = $2 and status is null and (claimed_until is null or claimed_until < clock_timestamp())
returning true
"""

_GIVE_UP = "update idempotency_keys set claimed_until = null where account = $1 and key = $2 and status is null"

_KEEP = """
update idempotency_keys set status = $3, headers = $4, body = $5 where account = $1 and key = $2 and status is null
"""


class PostgresIdempotencyStore:
    """Implements `ports.idempotency.IdempotencyStore`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def start(self, account: str, key: str, fingerprint: bytes) -> StoredResponse | None:
        """What was answered under `key`; see the port."""
        known: Any = await self._pool.fetchrow(_BEGIN, account, key, fingerprint)
        if known is None:
            return None
        if known["fingerprint"] != fingerprint:
            raise KeyReused
        return None if known["status"] is None else StoredResponse(known["status"], known["body"], known["headers"])

    async def claim(self, account: str, key: str, seconds: float) -> bool:
        """Do it alone for so long; see the port."""
        return await self._pool.fetchval(_CLAIM, account, key, seconds) is not None

    async def release(self, account: str, key: str) -> None:
        """Let others do it; see the port."""
        await self._pool.execute(_GIVE_UP, account, key)

    async def save(self, account: str, key: str, answered: StoredResponse) -> None:
        """Keep the first answer; see the port."""
        await self._pool.execute(_KEEP, account, key, answered.status, dict(answered.headers), answered.body)
