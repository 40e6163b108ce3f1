"""The keys of the agencies, of both directions: a new one takes over while the older ones still count."""

import base64
import secrets
from datetime import timedelta

import asyncpg
import structlog

from ports.agency_views import KeySide, RotatedKey
from ports.directory import AGENCY_ID, InvalidAgency, KeyAlreadyMade, UnknownAgency

log = structlog.get_logger("adapters.postgres.keys")

LONGEST_OVERLAP = timedelta(days=366)
SECRET_BYTES = 32

# Two rotations at once go one after the other: whoever comes second finds the first one's key among the older ones.
_LOCK = "select from agencies where id = $1 for update"
# A key never counts for longer than it did: the second rotation within a week does not put off the first one's end.
_END_OLDER = """
update agency_keys set until = least(until, clock_timestamp() + $3)
where agency = $1 and side = $2 and (until is null or until > clock_timestamp())
"""
_REMOVE_ENDED = "delete from agency_keys where agency = $1 and side = $2 and until <= clock_timestamp()"
_ADD = """
insert into agency_keys (agency, side, secret, idempotency_key, added_at) values ($1, $2, $3, $4, clock_timestamp())
"""
_MADE = "select from agency_keys where agency = $1 and side = $2 and idempotency_key = $3"
_LAST_END = "select max(until) from agency_keys where agency = $1 and side = $2"


class PostgresKeys:
    """Rotates keys: agencies and we change over without a message lost."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def rotate(
        self, agency: str, side: KeySide, overlap: timedelta, by: str, idempotency_key: str = ""
    ) -> RotatedKey:
        """Make a new key of `side` for `agency`; the older ones count for `overlap` more, none: they end at once.

        Raises UnknownAgency, InvalidAgency where the overlap is out of bounds, and KeyAlreadyMade where one that was made as
        `idempotency_key` is still there. `by` is who does it, for the log.
        """
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise InvalidAgency(f"overlap: from 0 to {LONGEST_OVERLAP.days} days")
        if AGENCY_ID.fullmatch(agency) is None:
            raise UnknownAgency
        key = new_key()
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchrow(_LOCK, agency) is None:
                raise UnknownAgency
            if idempotency_key and await connection.fetchrow(_MADE, agency, side, idempotency_key) is not None:
                raise KeyAlreadyMade
            await connection.execute(_END_OLDER, agency, side, overlap)
            await connection.execute(_REMOVE_ENDED, agency, side)
            await connection.execute(_ADD, agency, side, key, idempotency_key)
            older_until = await connection.fetchval(_LAST_END, agency, side)
        log.info("directory.key_rotated", agency=agency, side=side, overlap=str(overlap), by=by)
        return RotatedKey(agency, side, key, older_until)


def new_key() -> str:
    """A fresh secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
