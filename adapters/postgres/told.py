"""What staff do about notices that need a person: they told the victim themselves, or have it sent once more."""

import asyncpg

from domain.vocabulary import CaseRef

# One that fails for a long time is a task too, although it is still tried.
_SETTLE = """
update notices
set state = case state when 'waiting' then 'by_hand' else state end,
    task_since = coalesce(task_since, now()), failing_since = null, settled_at = now(), settled_by = $3,
    done_as = $2
where key = $1 and recipient = 'victim' and settled_at is null
    and (state in ('failed', 'by_hand') or state = 'waiting' and failing_since is not null)
returning true
"""

_RETURNED = """
update notices set state = 'failed', error = 'returned', task_since = now(), done_as = $2
where key = $1 and recipient = 'victim' and state = 'sent'
returning true
"""

# Without its reference: what the provider still says of the sending before finds nothing to change.
_RESEND = """
update notices
set state = 'waiting', error = '', attempts = 0, reference = null, again = false, provider_id = null,
    next_try_at = now(), failing_since = null, sent_at = null, delivered_at = null,
    task_since = null, settled_at = null, settled_by = null, resent_at = now(), resent_by = $3, done_as = $2
where key = $1 and recipient = 'victim' and state in ('failed', 'by_hand')
returning true
"""

_DONE = "select from notices where key = $1 and done_as = $2 and $2 <> ''"


class PostgresTold:
    """Implements `casework.notices.Told`. `by` is an account, such as `staff:c.okafor`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def settle(self, key: str, by: str, done_as: str = "") -> bool:
        """A person has told it. Whether it was an open task."""
        return await self._change(_SETTLE, key, done_as, by)

    async def resend(self, key: str, by: str, done_as: str = "") -> bool:
        """Send it anew, to where the victim is reached now. Whether it was given up before."""
        return await self._change(_RESEND, key, done_as, by)

    async def returned(self, key: str, done_as: str = "") -> bool:
        """What was sent has come back: telling it is a task now. Whether it was sent, and no more is known of it."""
        return await self._change(_RETURNED, key, done_as)

    async def _change(self, statement: str, key: str, done_as: str, *by: str) -> bool:
        """Whether it is so now: it was done, or was done before as `done_as`."""
        if await self._pool.fetchval(statement, key, done_as, *by) is not None:
            return True
        return await self._pool.fetchrow(_DONE, key, done_as) is not None

    async def state(self, key: str) -> str | None:
        """Where a victim's notice stands; None: there is none of this key."""
        state: str | None = await self._pool.fetchval(
            "select state from notices where key = $1 and recipient = 'victim'", key
        )
        return state

    async def ref(self, key: str) -> CaseRef | None:
        """The case of a victim's notice; see the port."""
        if not key.isprintable():
            # What came with an address may be what the database takes for no text.
            return None
        ref: str | None = await self._pool.fetchval(
            "select ref from notices where key = $1 and recipient = 'victim'", key
        )
        return None if ref is None else CaseRef(ref)
