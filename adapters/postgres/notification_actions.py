"""What staff do about messages to victims, in PostgreSQL."""

import uuid

import asyncpg

from ports.notifications import MessageAction

# The row is locked once its state allows the action, so that an action that is stored was taken.
_TAKE = """
with wanted as (
    select key from notifications where key = $1 and recipient = 'victim' and {condition} for update
),
taken as (
    insert into notification_actions (key, idempotency_key, action, by) select key, $2, '{action}', $3 from wanted
    on conflict (key, idempotency_key) do nothing
    returning key, by
)
update notifications set {change} from taken where notifications.key = taken.key
returning true
"""

_WAS_TAKEN = "select from notification_actions where key = $1 and idempotency_key = $2 and action = $3"


# For each action the state that it needs, and what it changes then.
_ACTIONS = {
    # One that fails for a long time is a task too, although it is still tried.
    MessageAction.RESOLVE: (
        "resolved_at is null and (state in ('failed', 'by_hand') or state = 'waiting' and failing_since is not null)",
        """state = case state when 'waiting' then 'by_hand' else state end,
        task_since = coalesce(task_since, now()), failing_since = null, resolved_at = now(), resolved_by = taken.by""",
    ),
    # Without its reference: what the provider still says of the sending before finds nothing to change.
    MessageAction.RESEND: (
        "state in ('failed', 'by_hand')",
        """state = 'waiting', error = '', attempts = 0, reference = null, needs_new_reference = false,
        provider_id = null, next_try_at = now(), failing_since = null, sent_at = null, delivered_at = null,
        task_since = null, resolved_at = null, resolved_by = null, resent_at = now(), resent_by = taken.by""",
    ),
    MessageAction.RETURN: ("state = 'sent'", "state = 'failed', error = 'returned', task_since = now()"),
}


class PostgresNotificationActions:
    """Takes actions on messages to victims."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def take(self, action: MessageAction, key: str, by: str, idempotency_key: str = "") -> bool:
        """Take `action`, or find that it was taken under the same id before; see `ports.notifications`."""
        id = idempotency_key or str(uuid.uuid4())
        condition, change = _ACTIONS[action]
        statement = _TAKE.format(action=action, condition=condition, change=change)
        if await self._pool.fetchval(statement, key, id, by) is not None:
            return True
        return await self._pool.fetchrow(_WAS_TAKEN, key, id, action) is not None
