"""What the case file must have after a round: speed must not be bought with loss."""

import asyncio
import time
from collections.abc import Sequence

import asyncpg

from domain.vocabulary import CaseRef
from queries.verify import ChainVerifier

SETTLE_TIMEOUT = 120
_CLOSED = "select count(*) from cases where ref = any($1) and step = 'closed' and stage = 'meeting_held'"
_COUNTS = """
select c.ref, (select count(*) from entries e where e.ref = c.ref) as entries, c.version,
    (select count(*) from asks a where a.ref = c.ref and a.kind = 'ask' and a.outcome = 'delivered') as asks,
    (select count(*) from notifications n where n.ref = c.ref) as notifications,
    (select count(*) from refusals r where r.ref = c.ref) as refusals
from cases c where c.ref = any($1)
"""


class LostError(Exception):
    """The case file differs from what was sent."""


async def wait_until_closed(pool: asyncpg.Pool, refs: Sequence[CaseRef]) -> float:
    """Wait until each case is closed in the case file; the seconds that took. Raises LostError where it never is."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(SETTLE_TIMEOUT):
            while await pool.fetchval(_CLOSED, refs) < len(refs):  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.02)
    except TimeoutError:
        closed = await pool.fetchval(_CLOSED, refs)
        raise LostError(f"{closed} of {len(refs)} cases are closed in the case file") from None
    return time.perf_counter() - began


async def check_cases(
    pool: asyncpg.Pool, refs: Sequence[CaseRef], *, entries: int, asks: int, notifications: int
) -> None:
    """Compare what each case has with what it was sent, and verify its chain. Raises LostError."""
    for row in await pool.fetch(_COUNTS, refs):
        if tuple(row)[1:] != (entries, entries, asks, notifications, 0):
            raise LostError(f"{row['ref']} has {dict(row)}")
    await check_chains(pool, refs)


async def check_chains(pool: asyncpg.Pool, refs: Sequence[CaseRef]) -> None:
    """Verify the chain of each case. Raises LostError."""
    for ref in refs:
        for fault in await ChainVerifier(pool).verify_chain(ref):
            raise LostError(str(fault))
