"""Delivery receipts of a provider, in any order and number.

A delivery overrides a temporary failure, and a permanent failure or a return overrides a delivery, so the order of
receipts does not matter. A receipt of an earlier sending finds nothing.
"""

from typing import assert_never

import asyncpg

from ports.receipts import DeliveryReceipt

MAX_SENDINGS = 3
"""How often a notification is sent before it becomes a task, if the provider reports temporary failures."""
HOURS_BETWEEN_SENDINGS = 6
"""Times the number of sendings so far."""


_DELIVERED = """
update notifications
set state = 'delivered', error = '', needs_new_reference = false, failing_since = null, task_since = null,
    provider_id = coalesce(provider_id, $2), sent_at = coalesce(sent_at, now()), delivered_at = now()
where reference = $1 and resolved_at is null
    and (state in ('waiting', 'sent') or state = 'failed' and error in ('temporary-failure', 'technical-failure'))
"""

_FAILED_PERMANENTLY = """
update notifications
set state = 'failed', error = $3, needs_new_reference = false, failing_since = null,
    task_since = coalesce(task_since, now()),
    provider_id = coalesce(provider_id, $2), sent_at = coalesce(sent_at, now())
where reference = $1 and resolved_at is null
    and (
        state in ('waiting', 'sent', 'delivered')
        or state = 'failed' and error in ('temporary-failure', 'technical-failure')
    )
"""

_FAILED_TEMPORARILY = """
update notifications
set state = case when is_sent_again then 'waiting' else 'failed' end,
    error = $3, needs_new_reference = is_sent_again, attempts = 0,
    next_try_at = now() + sendings * $5 * interval '1 hour',
    failing_since = case when is_sent_again then coalesce(failing_since, now()) end,
    task_since = case when not is_sent_again then now() end,
    provider_id = coalesce(provider_id, $2), sent_at = coalesce(sent_at, now())
from (select sendings < $4 as is_sent_again from notifications where reference = $1) as sending
where reference = $1 and resolved_at is null and not needs_new_reference and state in ('waiting', 'sent')
"""


class PostgresReceipts:
    """Implements `ports.receipts.ReceiptStore`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def record(self, reference: str, provider_id: str, receipt: DeliveryReceipt) -> bool:
        """Record the outcome of a sending; see the port."""
        match receipt:
            case DeliveryReceipt.DELIVERED:
                await self._pool.execute(_DELIVERED, reference, provider_id)
            case DeliveryReceipt.PERMANENT_FAILURE | DeliveryReceipt.RETURNED:
                await self._pool.execute(_FAILED_PERMANENTLY, reference, provider_id, receipt)
            case DeliveryReceipt.TEMPORARY_FAILURE | DeliveryReceipt.TECHNICAL_FAILURE:
                values = (reference, provider_id, receipt, MAX_SENDINGS, HOURS_BETWEEN_SENDINGS)
                await self._pool.execute(_FAILED_TEMPORARILY, *values)
            case _:
                assert_never(receipt)
        is_known: bool = await self._pool.fetchval(
            "select exists (select from notifications where reference = $1)", reference
        )
        return is_known
