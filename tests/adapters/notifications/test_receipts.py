"""What the provider says afterwards: in any order, as often as it likes, and weeks later too."""

from itertools import permutations

import asyncpg
import pytest

from adapters.postgres.notification_actions import PostgresNotificationActions
from adapters.postgres.receipts import MAX_SENDINGS, PostgresReceipts
from ports.notifications import MessageAction
from ports.receipts import DeliveryReceipt
from queries.case_history import CaseHistory
from tests.adapters.batches import REF
from tests.adapters.notifications.senders import Notify, create_sender
from tests.adapters.notifications.victims import get_notification, let_leases_run_out, milestone, write
from tests.conftest import empty_database

pytestmark = pytest.mark.postgres

KEY = milestone(1).key
BY = "staff:c.okafor"


async def send_one(pool: asyncpg.Pool, notify: Notify) -> PostgresReceipts:
    """A message that Notify accepted."""
    await write(pool, 1)
    await create_sender(pool, notify[1]).send_due()
    return PostgresReceipts(pool)


@pytest.mark.parametrize(
    ("receipt", "state", "error"),
    [
        (DeliveryReceipt.DELIVERED, "delivered", ""),
        (DeliveryReceipt.PERMANENT_FAILURE, "failed", "permanent-failure"),
        (DeliveryReceipt.RETURNED, "failed", "returned"),
        (DeliveryReceipt.TEMPORARY_FAILURE, "waiting", "temporary-failure"),
        (DeliveryReceipt.TECHNICAL_FAILURE, "waiting", "technical-failure"),
    ],
)
async def test_a_receipt_counts_once_however_often_it_comes(
    pool: asyncpg.Pool, notify: Notify, receipt: DeliveryReceipt, state: str, error: str
) -> None:
    receipts = await send_one(pool, notify)

    assert await receipts.record(KEY, "id", receipt)
    after = await get_notification(pool)
    assert (after["state"], after["error"]) == (state, error)
    assert (after["task_since"] is not None) == (state == "failed")
    for _ in range(5):
        assert await receipts.record(KEY, "id", receipt)
    assert await get_notification(pool) == {**after, "delivered_at": (await get_notification(pool))["delivered_at"]}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ((DeliveryReceipt.DELIVERED, DeliveryReceipt.TEMPORARY_FAILURE), "delivered"),
        ((DeliveryReceipt.DELIVERED, DeliveryReceipt.PERMANENT_FAILURE), "failed"),
        ((DeliveryReceipt.TEMPORARY_FAILURE, DeliveryReceipt.PERMANENT_FAILURE), "failed"),
        ((DeliveryReceipt.DELIVERED, DeliveryReceipt.RETURNED, DeliveryReceipt.TECHNICAL_FAILURE), "failed"),
    ],
)
async def test_the_order_in_which_receipts_come_makes_no_difference(
    pool: asyncpg.Pool, notify: Notify, said: tuple[DeliveryReceipt, ...], state: str
) -> None:
    for order in permutations(said):
        receipts = await send_one(pool, notify)
        for receipt in order:
            await receipts.record(KEY, "id", receipt)
        assert (await get_notification(pool))["state"] == state, order
        await empty_database(pool)


async def test_what_could_not_be_delivered_yet_is_sent_again_and_in_the_end_becomes_a_task(
    pool: asyncpg.Pool, notify: Notify
) -> None:
    api, way = notify
    receipts = await send_one(pool, notify)
    for number in range(1, MAX_SENDINGS + 1):
        reference = KEY if number == 1 else f"{KEY}.{number}"
        assert (await get_notification(pool))["reference"] == reference
        await receipts.record(reference, "id", DeliveryReceipt.TEMPORARY_FAILURE)
        assert await create_sender(pool, way).send_due() == 0, "not at once"
        await let_leases_run_out(pool)
        await create_sender(pool, way).send_due()

    assert [sending["reference"] for sending in api.sent] == [KEY, f"{KEY}.2", f"{KEY}.3"]
    row = await get_notification(pool)
    assert (row["state"], row["error"], row["failing_since"]) == ("failed", "temporary-failure", None)


async def test_a_receipt_of_an_earlier_sending_changes_nothing(pool: asyncpg.Pool, notify: Notify) -> None:
    receipts = await send_one(pool, notify)
    await receipts.record(KEY, "id", DeliveryReceipt.TEMPORARY_FAILURE)
    await let_leases_run_out(pool)
    await create_sender(pool, notify[1]).send_due()

    assert not await receipts.record(KEY, "id", DeliveryReceipt.PERMANENT_FAILURE)
    assert (await get_notification(pool))["state"] == "sent"


async def test_a_receipt_that_comes_before_the_answer_is_not_undone_by_it(pool: asyncpg.Pool, notify: Notify) -> None:
    """The sender was killed after Notify had accepted the message, so that the receipt is the first to say so."""
    await write(pool, 1)
    notify[0].losing = 1
    await create_sender(pool, notify[1]).send_due()

    assert await PostgresReceipts(pool).record(KEY, notify[0].sent[0]["id"], DeliveryReceipt.DELIVERED)
    await let_leases_run_out(pool)
    assert await create_sender(pool, notify[1]).send_due() == 0
    row = await get_notification(pool)
    assert (row["state"], row["provider_id"]) == ("delivered", notify[0].sent[0]["id"])


async def test_an_unknown_reference_is_said_to_be_unknown(pool: asyncpg.Pool) -> None:
    assert not await PostgresReceipts(pool).record("RJ-9999-9999.1.victim", "id", DeliveryReceipt.DELIVERED)


async def test_a_task_that_is_settled_stays_settled_with_who_and_when(pool: asyncpg.Pool, notify: Notify) -> None:
    receipts = await send_one(pool, notify)
    await receipts.record(KEY, "id", DeliveryReceipt.PERMANENT_FAILURE)
    told = PostgresNotificationActions(pool)

    assert await told.take(MessageAction.RESOLVE, KEY, BY)
    row = await get_notification(pool)
    assert (row["state"], row["resolved_by"]) == ("failed", BY)
    assert row["resolved_at"] is not None
    assert not await told.take(MessageAction.RESOLVE, KEY, "staff:another")
    await receipts.record(KEY, "id", DeliveryReceipt.RETURNED)
    assert await get_notification(pool) == row


async def test_a_corrected_address_is_sent_to_under_another_reference(pool: asyncpg.Pool, notify: Notify) -> None:
    api, way = notify
    receipts = await send_one(pool, notify)
    await receipts.record(KEY, "id", DeliveryReceipt.PERMANENT_FAILURE)

    assert await PostgresNotificationActions(pool).take(MessageAction.RESEND, KEY, BY)
    waiting = await get_notification(pool)
    assert (waiting["state"], waiting["resent_by"], waiting["task_since"]) == ("waiting", BY, None)
    await receipts.record(KEY, "id", DeliveryReceipt.PERMANENT_FAILURE)
    assert await get_notification(pool) == waiting, "a repeat of the receipt before is not about this sending"
    await create_sender(pool, way).send_due()
    assert [sending["reference"] for sending in api.sent] == [KEY, f"{KEY}.2"]


async def test_what_arrived_is_neither_settled_nor_sent_again(pool: asyncpg.Pool, notify: Notify) -> None:
    receipts = await send_one(pool, notify)
    await receipts.record(KEY, "id", DeliveryReceipt.DELIVERED)
    told = PostgresNotificationActions(pool)

    assert not await told.take(MessageAction.RESOLVE, KEY, BY)
    assert not await told.take(MessageAction.RESEND, KEY, BY)
    history = CaseHistory(pool)
    message = await history.get_victim_message(KEY)
    assert message is not None
    assert (message.state, await history.get_victim_message(f"{REF}.1.supervisor")) == ("delivered", None)
