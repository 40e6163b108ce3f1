"""The links of victims in PostgreSQL, by the digests of their tokens and codes."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog

from domain.days import to_london_day
from domain.vocabulary import CaseRef
from ports.victim_links import NewVictimLink

log = structlog.get_logger("adapters.postgres.victim_links")

TOKEN_BYTES = 32
CODE_DIGITS = 8
DAYS = 180
MAX_WRONG_CODES = 10

_REVOKE = "update victim_links set revoked_at = now() where ref = $1 and revoked_at is null returning ref"

_CREATE = """
insert into victim_links (digest, ref, code_digest, created_by, expires_at) values ($1, $2, $3, $4, $5)
"""

_FIND = """
select ref from victim_links where digest = $1 and revoked_at is null and expires_at > now() and wrong_codes < $2
"""

_OPEN = """
update victim_links set wrong_codes = case when code_digest = $2 then 0 else wrong_codes + 1 end
where digest = $1 and revoked_at is null and expires_at > now() and wrong_codes < $3
returning ref, code_digest = $2 as is_right
"""


class PostgresVictimLinks:
    """Implements `ports.victim_links.VictimLinks`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def create(self, ref: CaseRef, by: str) -> NewVictimLink:
        """See the port."""
        token, code = secrets.token_urlsafe(TOKEN_BYTES), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        expires_at = datetime.now(UTC) + timedelta(days=DAYS)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_REVOKE, ref)
            await connection.execute(_CREATE, _digest(token), ref, _digest(token, code), by, expires_at)
        log.info("victim_links.created", case=ref, by=by)
        return NewVictimLink(token, code, to_london_day(expires_at - timedelta(days=1)))

    async def revoke(self, ref: CaseRef, by: str) -> bool:
        """See the port."""
        revoked = await self._pool.fetch(_REVOKE, ref)
        log.info("victim_links.revoked", case=ref, by=by)
        return bool(revoked)

    async def find(self, token: str) -> CaseRef | None:
        """See the port."""
        ref = await self._pool.fetchval(_FIND, _digest(token), MAX_WRONG_CODES)
        return None if ref is None else CaseRef(ref)

    async def open(self, token: str, code: str) -> CaseRef | None:
        """See the port."""
        row = await self._pool.fetchrow(_OPEN, _digest(token), _digest(token, code), MAX_WRONG_CODES)
        if row is not None and not row["is_right"]:
            log.warning("victim_links.wrong_code", case=row["ref"])
        return CaseRef(row["ref"]) if row is not None and row["is_right"] else None


def _digest(token: str, code: str = "") -> bytes:
    """What is stored: the code's digest needs the token too, so that a reader of the database cannot try all codes."""
    return hashlib.sha256(f"{token} {code}".encode(errors="surrogatepass")).digest()
