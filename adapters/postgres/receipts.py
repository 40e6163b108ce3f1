"""What a provider says of a notice that it took, in any order and as often as it likes.

What was delivered is no longer a temporary failure, and what failed for good, or came back, is no longer delivered:
so the order in which receipts come in makes no difference. A receipt of an earlier sending finds nothing.
"""

from typing import assert_never

import asyncpg

from ports.receipts import DeliveryReceipt

SENDINGS = 3
"""How often a notice is sent before it becomes a task, where the provider says that it could not be delivered yet."""
HOURS_BETWEEN = 6
"""Between one such sending and the next, times the number of sendings."""


_DELIVERED = """
update notifications
set state = 'delivered', error = '', needs_new_reference = false, failing_since = null, task_since = null,
    provider_id = coalesce(provider_id, $2), sent_at = coalesce(sent_at, now()), delivered_at = now()
where reference = $1 and resolved_at is null
    and (state in ('waiting', 'sent') or state = 'failed' and error in ('temporary-failure', 'technical-failure'))
"""

_FAILED_FOR_GOOD = """
update notifications
set state = 'failed', error = $3, needs_new_reference = false, failing_since = null, task_since = coalesce(task_since, now()),
    provider_id = coalesce(provider_id, $2), sent_at = coalesce(sent_at, now())
where reference = $1 and resolved_at is null
    and (
        state in ('waiting', 'sent', 'delivered')
        or state = 'failed' and error in ('temporary-failure', 'technical-failure')
    )
"""

_FAILED_FOR_NOW = """
update notifications
set state = case when once_more then 'waiting' else 'failed' end,
    error = $3, needs_new_reference = once_more, attempts = 0, next_try_at = now() + sendings * $5 * interval '1 hour',
    failing_since = case when once_more then coalesce(failing_since, now()) end,
    task_since = case when not once_more then now() end,
    provider_id = coalesce(provider_id, $2), sent_at = coalesce(sent_at, now())
from (select sendings < $4 as once_more from notifications where reference = $1) as sending
where reference = $1 and resolved_at is null and not needs_new_reference and state in ('waiting', 'sent')
"""


class PostgresReceipts:
    """Implements `ports.receipts.Receipts`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def record(self, reference: str, provider_id: str, receipt: DeliveryReceipt) -> bool:
        """Note what became of a sending; see the port."""
        match receipt:
            case DeliveryReceipt.DELIVERED:
                await self._pool.execute(_DELIVERED, reference, provider_id)
            case DeliveryReceipt.PERMANENT_FAILURE | DeliveryReceipt.RETURNED:
                await self._pool.execute(_FAILED_FOR_GOOD, reference, provider_id, receipt)
            case DeliveryReceipt.TEMPORARY_FAILURE | DeliveryReceipt.TECHNICAL_FAILURE:
                values = (reference, provider_id, receipt, SENDINGS, HOURS_BETWEEN)
                await self._pool.execute(_FAILED_FOR_NOW, *values)
            case _:
                assert_never(receipt)
        known: bool = await self._pool.fetchval(
            "select exists (select from notifications where reference = $1)", reference
        )
        return known
