"""The signing keys of agencies: a new key replaces the older ones while these are still valid."""

import base64
import secrets
from datetime import timedelta

import asyncpg
import structlog

from ports.agency_views import KeySide, RotatedKey
from ports.directory import AGENCY_ID, InvalidAgency, KeyAlreadyMade, UnknownAgency

log = structlog.get_logger("adapters.postgres.keys")

MAX_OVERLAP = timedelta(days=366)
SECRET_BYTES = 32

# Of two rotations at the same time, the second finds the first one's key among the older ones.
_LOCK = "select from agencies where id = $1 for update"
# A key is never valid for longer than before: a second rotation within a week does not postpone its end.
_EXPIRE_OLDER = """
update agency_keys set until = least(until, clock_timestamp() + $3)
where agency = $1 and side = $2 and (until is null or until > clock_timestamp())
"""
_REMOVE_EXPIRED = "delete from agency_keys where agency = $1 and side = $2 and until <= clock_timestamp()"
_ADD = """
insert into agency_keys (agency, side, secret, idempotency_key, added_at) values ($1, $2, $3, $4, clock_timestamp())
"""
_WAS_MADE = "select from agency_keys where agency = $1 and side = $2 and idempotency_key = $3"
_LAST_EXPIRY = "select max(until) from agency_keys where agency = $1 and side = $2"


class PostgresKeys:
    """Implements `ports.agency_admin.KeyStore`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def rotate(
        self, agency: str, side: KeySide, overlap: timedelta, by: str, idempotency_key: str = ""
    ) -> RotatedKey:
        """Make a new key of `side`; with an `overlap` of 0 the older ones expire at once. See the port."""
        if not timedelta(0) <= overlap <= MAX_OVERLAP:
            raise InvalidAgency(f"overlap: from 0 to {MAX_OVERLAP.days} days")
        if AGENCY_ID.fullmatch(agency) is None:
            raise UnknownAgency
        key = new_key()
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(_LOCK, agency) is None:
                raise UnknownAgency
            if idempotency_key and await connection.fetchrow(_WAS_MADE, agency, side, idempotency_key) is not None:
                raise KeyAlreadyMade
            await connection.execute(_EXPIRE_OLDER, agency, side, overlap)
            await connection.execute(_REMOVE_EXPIRED, agency, side)
            await connection.execute(_ADD, agency, side, key, idempotency_key)
            older_until = await connection.fetchval(_LAST_EXPIRY, agency, side)
        log.info("directory.key_rotated", agency=agency, side=side, overlap=str(overlap), by=by)
        return RotatedKey(agency, side, key, older_until)


def new_key() -> str:
    """A new secret in the format of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
