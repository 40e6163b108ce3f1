"""Idempotency keys of staff's requests with the responses, in PostgreSQL."""

from typing import Any

import asyncpg

from ports.idempotency import KeyReused, StoredResponse

# Of two that start at the same time, neither finds a response: their records are idempotent, or one of them claims the
# key first.
_START = """
with started as (
    insert into idempotency_keys (account, key, fingerprint) values ($1, $2, $3)
    on conflict do nothing returning account
)
select fingerprint, status, headers, body from idempotency_keys
where account = $1 and key = $2 and not exists (select from started)
"""

_CLAIM = """
update idempotency_keys set claimed_until = clock_timestamp() + $3 * interval '1 second'
where account = $1 and key = $2 and status is null and (claimed_until is null or claimed_until < clock_timestamp())
returning true
"""

_RELEASE = "update idempotency_keys set claimed_until = null where account = $1 and key = $2 and status is null"

_SAVE = """
update idempotency_keys set status = $3, headers = $4, body = $5 where account = $1 and key = $2 and status is null
"""


class PostgresIdempotencyStore:
    """Implements `ports.idempotency.IdempotencyStore`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def start(self, account: str, key: str, fingerprint: bytes) -> StoredResponse | None:
        """Return the response that is stored under `key`; see the port."""
        known: Any = await self._pool.fetchrow(_START, account, key, fingerprint)
        if known is None:
            return None
        if known["fingerprint"] != fingerprint:
            raise KeyReused
        return None if known["status"] is None else StoredResponse(known["status"], known["body"], known["headers"])

    async def claim(self, account: str, key: str, seconds: float) -> bool:
        """Claim the key for `seconds`; see the port."""
        return await self._pool.fetchval(_CLAIM, account, key, seconds) is not None

    async def release(self, account: str, key: str) -> None:
        """Give up the claim; see the port."""
        await self._pool.execute(_RELEASE, account, key)

    async def save(self, account: str, key: str, response: StoredResponse) -> None:
        """Store the first response; see the port."""
        await self._pool.execute(_SAVE, account, key, response.status, dict(response.headers), response.body)
