"""What staff do about notices that need a person: they told the victim themselves, or have it sent once more."""

import uuid
from dataclasses import dataclass

import asyncpg

from domain.vocabulary import CaseRef

# The row is held from the moment on at which it is seen that this can be done, so that a deed that is kept was done.
_DO = """
with wanted as (
    select key from notifications where key = $1 and recipient = 'victim' and {may} for update
),
deed as (
    insert into notification_actions (key, idempotency_key, action, by) select key, $2, '{what}', $3 from wanted
    on conflict (key, idempotency_key) do nothing
    returning key, by
)
update notifications set {change} from deed where notifications.key = deed.key
returning true
"""

_DONE = "select from notification_actions where key = $1 and idempotency_key = $2 and action = $3"


@dataclass(frozen=True, slots=True)
class NotificationAction:
    """What can be done about a notice: when it `may` be, and what it changes then."""

    what: str
    may: str
    change: str

    @property
    def statement(self) -> str:
        """Does it once under an id."""
        return _DO.format(what=self.what, may=self.may, change=self.change)


# One that fails for a long time is a task too, although it is still tried.
RESOLVE = NotificationAction(
    "resolved",
    may="resolved_at is null and (state in ('failed', 'by_hand') or state = 'waiting' and failing_since is not null)",
    change="""state = case state when 'waiting' then 'by_hand' else state end,
    task_since = coalesce(task_since, now()), failing_since = null, resolved_at = now(), resolved_by = deed.by""",
)
RETURN = NotificationAction(
    "returned", may="state = 'sent'", change="state = 'failed', error = 'returned', task_since = now()"
)
# Without its reference: what the provider still says of the sending before finds nothing to change.
RESEND = NotificationAction(
    "resent",
    may="state in ('failed', 'by_hand')",
    change="""state = 'waiting', error = '', attempts = 0, reference = null, needs_new_reference = false, provider_id = null,
    next_try_at = now(), failing_since = null, sent_at = null, delivered_at = null,
    task_since = null, resolved_at = null, resolved_by = null, resent_at = now(), resent_by = deed.by""",
)


class PostgresNotificationActions:
    """Implements `application.victim_messages.NotificationActions`. `by` is an account, such as `staff:c.okafor`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def resolve(self, key: str, by: str, idempotency_key: str = "") -> bool:
        """A person has told it. Whether it was an open task."""
        return await self._do(RESOLVE, key, by, idempotency_key)

    async def resend(self, key: str, by: str, idempotency_key: str = "") -> bool:
        """Send it anew, to where the victim is reached now. Whether it was given up before."""
        return await self._do(RESEND, key, by, idempotency_key)

    async def returned(self, key: str, by: str, idempotency_key: str = "") -> bool:
        """What was sent has come back: telling it is a task now. Whether it was sent, and no more is known of it."""
        return await self._do(RETURN, key, by, idempotency_key)

    async def _do(self, deed: NotificationAction, key: str, by: str, idempotency_key: str) -> bool:
        """Whether it is done: now, or before under the same id, whatever has become of the notice since."""
        id = idempotency_key or str(uuid.uuid4())
        if await self._pool.fetchval(deed.statement, key, id, by) is not None:
            return True
        return await self._pool.fetchrow(_DONE, key, id, deed.what) is not None

    async def state(self, key: str) -> str | None:
        """Where a victim's notice stands; None: there is none of this key."""
        state: str | None = await self._pool.fetchval(
            "select state from notifications where key = $1 and recipient = 'victim'", key
        )
        return state

    async def ref(self, key: str) -> CaseRef | None:
        """The case of a victim's notice; see the port."""
        if not key.isprintable():
            # What came with an address may be what the database takes for no text.
            return None
        ref: str | None = await self._pool.fetchval(
            "select ref from notifications where key = $1 and recipient = 'victim'", key
        )
        return None if ref is None else CaseRef(ref)
