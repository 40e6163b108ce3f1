"""The inbox on a real PostgreSQL: nothing is stored twice, and each case gets its messages one after the other."""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import asyncpg
import pytest

from adapters.postgres.inbox import PostgresInbox, RefTaken
from adapters.postgres.vault import PostgresVault
from domain.references import new_ref
from domain.vocabulary import CaseRef
from ports.inbox import AcceptedMessage, InboxMessage
from tests.adapters.batches import OTHER_REF, REF

pytestmark = pytest.mark.postgres

SOURCE = "agency:eastmoor-probation"
BODY: Mapping[str, Any] = {"event": "trace_answered", "data": {"answer": "not_found"}, "by": {"role": "agency"}}
DIGEST = hashlib.sha256(b"what was received").digest()
FREE_TEXT = "He is said to have moved north."


@pytest.fixture
def inbox(pool: asyncpg.Pool) -> PostgresInbox:
    return PostgresInbox(pool)


async def _event(inbox: PostgresInbox, message_id: str, ref: CaseRef = REF, note: str = "") -> AcceptedMessage:
    return await inbox.accept(InboxMessage(SOURCE, message_id, ref, BODY, DIGEST, note))


async def _request(
    inbox: PostgresInbox,
    source_id: str,
    ref: CaseRef = REF,
    offender: Mapping[str, str] | None = None,
    note: str = "",
) -> AcceptedMessage:
    victim = {"name": "Marta Quill", "email": "marta@example.org"}
    return await inbox.accept_request(
        InboxMessage("import:spring", source_id, ref, {"area": "eastmoor"}, DIGEST, note), victim, offender
    )


async def test_a_message_is_stored_with_its_free_text_in_the_vault_only(
    pool: asyncpg.Pool, inbox: PostgresInbox
) -> None:
    accepted = await _event(inbox, "msg-1", note=FREE_TEXT)

    row = await pool.fetchrow("select * from inbox")
    assert row
    assert (row["id"], row["ref"], row["kind"], row["record"]) == (accepted.id, REF, "event", BODY)
    assert FREE_TEXT not in str(row)
    assert await PostgresVault(pool).get_note(row["note"], by="staff:cw-1") == FREE_TEXT


async def test_a_message_with_characters_that_cannot_be_stored_is_stored_without_them(
    pool: asyncpg.Pool, inbox: PostgresInbox
) -> None:
    body = {**BODY, "data": {"candidates": "a\0b"}}
    await inbox.accept(InboxMessage(SOURCE, "msg-1", REF, body, DIGEST, "No\0rth \ud800"))

    assert await pool.fetchval("select record #>> '{data,candidates}' from inbox") == "a\ufffdb"
    assert await pool.fetchval("select text from vault.notes") == "No\ufffdrth \ufffd"


async def test_a_known_message_gets_its_first_answer(pool: asyncpg.Pool, inbox: PostgresInbox) -> None:
    first = await _event(inbox, "msg-1", note=FREE_TEXT)
    again = await _event(inbox, "msg-1", OTHER_REF, note="Something else.")

    assert (first.first, again) == (True, AcceptedMessage(first.id, REF, first=False))
    assert await pool.fetchval("select count(*) from vault.notes") == 1


async def test_the_same_message_at_the_same_time_is_stored_once(pool: asyncpg.Pool, inbox: PostgresInbox) -> None:
    for number in range(20):
        accepted = await asyncio.gather(*(_event(inbox, f"msg-{number}", note=FREE_TEXT) for _ in range(8)))
        assert Counter(message.first for message in accepted) == {True: 1, False: 7}
        assert len({message.id for message in accepted}) == 1

    assert await pool.fetchval("select count(*) from vault.notes") == 20


async def test_the_same_id_from_another_source_is_another_message(inbox: PostgresInbox) -> None:
    mine = await _event(inbox, "msg-1")
    other = await inbox.accept(InboxMessage("agency:eastmoor-vlo", "msg-1", REF, BODY, DIGEST))

    assert other.first
    assert other.id != mine.id


async def test_the_two_sides_of_a_request_are_stored_separately(pool: asyncpg.Pool, inbox: PostgresInbox) -> None:
    await _request(inbox, "row-1", offender={"name": "Rolf Tander"}, note=FREE_TEXT)

    vault = PostgresVault(pool)
    assert await vault.get_victim(REF, by="staff:cw-1") == {"name": "Marta Quill", "email": "marta@example.org"}
    assert await vault.get_offender(REF) == {"name": "Rolf Tander"}
    assert "Quill" not in str(await pool.fetch("select * from vault.offenders"))
    assert "Tander" not in str(await pool.fetch("select * from vault.victims"))
    row = await pool.fetchrow("select kind, record, note from inbox")
    assert row
    assert (row["kind"], row["record"]) == ("request", {"area": "eastmoor"})
    assert await vault.get_note(row["note"], by="staff:cw-1") == FREE_TEXT


async def test_a_request_without_a_known_offender_leaves_none(pool: asyncpg.Pool, inbox: PostgresInbox) -> None:
    await _request(inbox, "row-1")

    assert await PostgresVault(pool).get_offender(REF) is None


async def test_a_known_request_gives_the_case_that_it_became(pool: asyncpg.Pool, inbox: PostgresInbox) -> None:
    first = await _request(inbox, "row-1")

    assert await _request(inbox, "row-1", OTHER_REF) == AcceptedMessage(first.id, REF, first=False)
    assert await pool.fetchval("select count(*) from vault.victims") == 1


async def test_the_same_request_at_the_same_time_opens_one_case(pool: asyncpg.Pool, inbox: PostgresInbox) -> None:
    chance = random.Random(7)
    for number in range(20):
        accepted = await asyncio.gather(
            *(_request(inbox, f"row-{number}", new_ref(chance), {"name": "Rolf Tander"}) for _ in range(8))
        )
        assert Counter(message.first for message in accepted) == {True: 1, False: 7}
        assert len({message.ref for message in accepted}) == 1

    counts = [
        await pool.fetchval(f"select count(*) from {table}")  # noqa: S608
        for table in ("requests", "inbox", "vault.victims", "vault.offenders")
    ]
    assert counts == [20] * 4


async def test_a_reference_is_not_given_to_a_second_request(inbox: PostgresInbox) -> None:
    await _request(inbox, "row-1")

    with pytest.raises(RefTaken, match=REF):
        await _request(inbox, "row-2")


async def test_a_failure_in_the_middle_of_a_request_leaves_nothing(pool: asyncpg.Pool, inbox: PostgresInbox) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await inbox.accept_request(
            InboxMessage("import:spring", "row-1", REF, {}, b"no digest"), {"name": "Marta Quill"}, {}
        )

    counts = [
        await pool.fetchval(f"select count(*) from {table}")  # noqa: S608
        for table in ("requests", "inbox", "vault.victims", "vault.offenders")
    ]
    assert counts == [0] * 4


async def test_a_sender_can_read_what_became_of_a_message(inbox: PostgresInbox) -> None:
    accepted = await _event(inbox, "msg-1")
    before = await inbox.get_status(SOURCE, "msg-1")
    await inbox.resolve(accepted.id, "refused", "unknown_case", "RJ")
    after = await inbox.get_status(SOURCE, "msg-1")

    assert before
    assert (before.ref, before.event, before.status, before.reason) == (REF, "trace_answered", "received", "")
    assert after
    assert (after.status, after.reason, after.detail) == ("refused", "unknown_case", "RJ")
    assert await inbox.get_status("agency:another", "msg-1") is None


async def test_an_outcome_is_set_once(inbox: PostgresInbox) -> None:
    accepted = await _event(inbox, "msg-1")

    assert await inbox.resolve(accepted.id, "applied")
    assert not await inbox.resolve(accepted.id, "refused", "case_closed")
    standing = await inbox.get_status(SOURCE, "msg-1")
    assert standing
    assert standing.status == "applied"


async def test_a_case_gets_its_next_message_only_after_the_one_before(inbox: PostgresInbox) -> None:
    first, second = await _event(inbox, "msg-1"), await _event(inbox, "msg-2")
    other = await _event(inbox, "msg-3", OTHER_REF)

    leased = await inbox.lease_next(10, 60)
    assert [message.id for message in leased] == [first.id, other.id]
    assert (leased[0].ref, leased[0].kind, leased[0].attempts) == (REF, "event", 1)
    assert (leased[0].source, leased[0].message_id) == (SOURCE, "msg-1")
    assert leased[0].record == {**BODY, "note": "", "inbox": first.id}
    assert await inbox.lease_next(10, 60) == ()

    await inbox.mark_delivered(first.id)
    assert [message.id for message in await inbox.lease_next(10, 60)] == [second.id]


@pytest.mark.parametrize("end", ["resolved", "dead_lettered"])
async def test_a_resolved_or_dead_lettered_message_does_not_block(inbox: PostgresInbox, end: str) -> None:
    first, second = await _event(inbox, "msg-1"), await _event(inbox, "msg-2")
    if end == "resolved":
        await inbox.resolve(first.id, "refused", "unknown_case")
    else:
        await inbox.dead_letter(first.id, "unreadable")

    assert [message.id for message in await inbox.lease_next(10, 60)] == [second.id]


async def test_a_failed_message_blocks_its_case_until_it_is_tried_again(inbox: PostgresInbox) -> None:
    first, _ = await _event(inbox, "msg-1"), await _event(inbox, "msg-2")
    now = datetime.now(UTC)
    await inbox.lease_next(10, 60)
    await inbox.mark_failed(first.id, "unavailable", now + timedelta(minutes=1))
    assert await inbox.lease_next(10, 60) == ()

    await inbox.mark_failed(first.id, "unavailable", now - timedelta(seconds=1))
    assert [(message.id, message.attempts) for message in await inbox.lease_next(10, 60)] == [(first.id, 2)]


async def test_an_expired_lease_is_given_again(inbox: PostgresInbox) -> None:
    first = await _event(inbox, "msg-1")
    await inbox.lease_next(10, 0)

    assert [message.id for message in await inbox.lease_next(10, 60)] == [first.id]


async def test_no_more_are_leased_than_asked_for(inbox: PostgresInbox) -> None:
    chance = random.Random(3)
    for number in range(5):
        await _event(inbox, f"msg-{number}", new_ref(chance))

    assert len(await inbox.lease_next(3, 60)) == 3
    assert len(await inbox.lease_next(3, 60)) == 2


async def test_a_message_waits_for_one_of_its_case_that_is_being_stored(
    pool: asyncpg.Pool, inbox: PostgresInbox
) -> None:
    async with pool.acquire() as connection:
        storing = connection.transaction()
        await storing.start()
        first = await _event(PostgresInbox(cast(asyncpg.Pool, connection)), "msg-1")
        waiting = asyncio.create_task(_event(inbox, "msg-2"))
        other = await _event(inbox, "msg-3", OTHER_REF)
        await asyncio.sleep(0.2)
        assert [message.id for message in await inbox.lease_next(10, 60)] == [other.id]
        await storing.commit()

    assert (await waiting).id > first.id
    assert [message.id for message in await inbox.lease_next(10, 60)] == [first.id]


async def test_concurrent_leases_never_include_two_messages_of_one_case(inbox: PostgresInbox) -> None:
    chance = random.Random(11)
    refs = [new_ref(chance) for _ in range(4)]
    expected = 160
    held: set[CaseRef] = set()
    got: dict[CaseRef, list[int]] = {ref: [] for ref in refs}

    async def send(ref: CaseRef, start: int) -> None:
        for number in range(start, start + expected // 8):
            await _event(inbox, f"{ref}-{number}", ref)

    async def deliver() -> None:
        while sum(map(len, got.values())) < expected:
            for leased in await inbox.lease_next(3, 60):
                assert leased.ref not in held
                held.add(leased.ref)
                await asyncio.sleep(0.001)
                got[leased.ref].append(leased.id)
                held.remove(leased.ref)
                await inbox.mark_delivered(leased.id)

    sending = (send(ref, start) for ref in refs for start in (0, 1000))
    await asyncio.wait_for(asyncio.gather(*sending, *(deliver() for _ in range(4))), 120)
    assert [len(ids) for ids in got.values()] == [40] * 4
    assert all(ids == sorted(ids) for ids in got.values())
