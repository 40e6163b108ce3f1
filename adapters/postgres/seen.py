"""What each account has seen of the cases."""

import asyncpg

from domain.vocabulary import CaseRef

_SAVE = """
insert into seen (account, ref, version)
select $1, ref, least($3, version) from cases where ref = $2
on conflict (account, ref) do update set version = excluded.version, seen_at = now()
where seen.version < excluded.version
"""


async def save_seen(pool: asyncpg.Pool, account: str, ref: CaseRef, version: int) -> None:
    """See `ports.staff.SaveSeen`."""
    await pool.execute(_SAVE, account, ref, version)
