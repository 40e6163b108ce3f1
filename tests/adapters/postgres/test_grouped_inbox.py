"""What arrives at the same time is stored together, and each message is answered as if it had come alone."""

import asyncio
import hashlib
import random
from collections import Counter

import asyncpg
import pytest

from adapters.postgres.grouped_inbox import MAX_BATCH, GroupedInbox
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import UNAVAILABLE_ERRORS, open_pool
from domain.references import new_ref
from domain.vocabulary import CaseRef
from ports.inbox import AcceptedMessage, InboxMessage
from tests.adapters.batches import OTHER_REF, REF

pytestmark = pytest.mark.postgres

SOURCE = "agency:eastmoor-probation"
CHANCE = random.Random(5)
BODY = {"event": "progress_recorded", "data": {}, "by": {"role": "agency"}}


@pytest.fixture
def inbox(pool: asyncpg.Pool) -> GroupedInbox:
    return GroupedInbox(pool)


async def _send(inbox: GroupedInbox, message_id: str, ref: CaseRef = REF, note: str = "") -> AcceptedMessage:
    digest = hashlib.sha256(message_id.encode()).digest()
    return await inbox.accept(InboxMessage(SOURCE, message_id, ref, BODY, digest, note))


async def test_simultaneous_messages_are_stored_in_few_transactions_in_order(
    pool: asyncpg.Pool, inbox: GroupedInbox
) -> None:
    accepted = await asyncio.gather(*(_send(inbox, f"m-{number}") for number in range(120)))

    assert all(message.first for message in accepted)
    rows = await pool.fetch("select id, message_id, xmin::text as transaction from inbox order by id")
    assert [row["message_id"] for row in rows] == [f"m-{number}" for number in range(120)]
    assert [row["id"] for row in rows] == [message.id for message in accepted]
    stored_together = Counter(row["transaction"] for row in rows)
    assert len(stored_together) < 10
    assert max(stored_together.values()) <= MAX_BATCH


async def test_many_senders_in_sequence_are_all_answered(inbox: GroupedInbox) -> None:
    async def send(sender: int) -> int:
        return sum([(await _send(inbox, f"{sender}-{number}", new_ref(CHANCE))).first for number in range(40)])

    async with asyncio.timeout(120):
        assert await asyncio.gather(*(send(sender) for sender in range(16))) == [40] * 16


async def test_each_free_text_is_stored_with_its_own_message(pool: asyncpg.Pool, inbox: GroupedInbox) -> None:
    await asyncio.gather(*(_send(inbox, f"m-{number}", note=f"text {number}" * (number % 2)) for number in range(20)))

    rows = await pool.fetch("select message_id, text from inbox join vault.notes on notes.id::text = inbox.note")
    assert {row["message_id"]: row["text"] for row in rows} == {f"m-{n}": f"text {n}" for n in range(1, 20, 2)}


async def test_the_same_message_at_the_same_time_is_stored_once(pool: asyncpg.Pool, inbox: GroupedInbox) -> None:
    accepted = await asyncio.gather(*(_send(inbox, "m-1", note="once") for _ in range(20)))

    assert Counter(message.first for message in accepted) == {True: 1, False: 19}
    assert {message.id for message in accepted} == {await pool.fetchval("select id from inbox")}
    assert await pool.fetchval("select count(*) from vault.notes") == 1


async def test_an_invalid_message_does_not_stop_the_others(pool: asyncpg.Pool, inbox: GroupedInbox) -> None:
    spoilt = inbox.accept(InboxMessage(SOURCE, "m-bad", REF, BODY, b"no digest"))
    answers = await asyncio.gather(
        _send(inbox, "m-0"), _send(inbox, "m-1"), spoilt, _send(inbox, "m-2"), return_exceptions=True
    )

    assert isinstance(answers[2], asyncpg.CheckViolationError)
    assert [result.first for result in answers if isinstance(result, AcceptedMessage)] == [True] * 3


async def test_a_message_whose_sender_gave_up_is_not_stored(pool: asyncpg.Pool, inbox: GroupedInbox) -> None:
    sending = [asyncio.create_task(_send(inbox, f"m-{number}")) for number in range(10)]
    await asyncio.sleep(0)
    sending[7].cancel()
    await asyncio.gather(*sending, return_exceptions=True)

    assert await pool.fetchval("select array_agg(message_id order by id) from inbox") == [
        f"m-{number}" for number in range(10) if number != 7
    ]


async def test_a_locked_case_does_not_delay_messages_of_other_cases(pool: asyncpg.Pool, inbox: GroupedInbox) -> None:
    async with pool.acquire() as connection:
        storing = connection.transaction()
        await storing.start()
        first = await PostgresInbox(connection).accept(InboxMessage(SOURCE, "m-1", REF, BODY, bytes(32)))
        waiting = asyncio.create_task(_send(inbox, "m-2"))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(120):
            assert (await _send(inbox, "m-3", OTHER_REF)).first
        assert not waiting.done()
        await storing.commit()

    assert (await waiting).id > first.id


async def test_every_message_fails_while_the_database_is_unavailable(dsn: str) -> None:
    pool = await open_pool(dsn)
    await pool.close()
    inbox = GroupedInbox(pool)
    answers = await asyncio.gather(*(_send(inbox, f"m-{number}") for number in range(5)), return_exceptions=True)

    assert all(isinstance(result, UNAVAILABLE_ERRORS) for result in answers)
