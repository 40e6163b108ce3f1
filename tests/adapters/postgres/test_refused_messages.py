"""A refused message is stored with the outcome of the inbox, once, and a person resolves it (1.5)."""

from dataclasses import replace
from datetime import date

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.refused_messages import PostgresRefusedMessages
from domain.refused_messages import FollowUp, Resolution
from ports.case_file import RefusedRecord, WriteBatch
from ports.inbox import InboxMessage
from queries.refused_messages import RefusedMessageQueries
from tests.adapters.batches import REF, create_batch, create_refusal, entry

pytestmark = pytest.mark.postgres

PRISON = "agency:eastmoor-prison"
DUE = date(2026, 3, 3)
OBJECTS = {"event": "agency_check_answered", "data": {"answer": "objection"}, "by": {"role": "agency"}}
NOTE = "Please ring us before Thursday."


async def receive(pool: asyncpg.Pool, message_id: str, digest: bytes = bytes(32), source: str = PRISON) -> int:
    message = InboxMessage(source, message_id, REF, OBJECTS, digest, NOTE)
    return (await PostgresInbox(pool).accept(message)).id


def refusal(inbox: int, waiting_on: str = "supervisor") -> RefusedRecord:
    record = replace(create_refusal(f"agency/{inbox}", inbox=inbox), event="agency_check_answered")
    return replace(record, waiting_on=waiting_on, due_on=DUE)


async def list_open_ids(pool: asyncpg.Pool) -> list[int]:
    return [message.id for message in await RefusedMessageQueries(pool).list_open()]


@pytest.fixture
async def file(pool: asyncpg.Pool) -> PostgresCaseFile:
    """The file of one open case."""
    file = PostgresCaseFile(pool)
    await file.write(create_batch(1, assigned_to="c.okafor"))
    return file


async def test_it_is_written_with_the_outcome_and_says_what_was_sent(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    """1.5a: it is neither an entry nor a wait."""
    inbox = await receive(pool, "m-1")
    batch = WriteBatch(REF, (), (refusal(inbox),))
    for _ in range(2):
        await file.write(batch)
    (message,) = await RefusedMessageQueries(pool).list_open()
    assert (message.id, message.ref, message.data, message.due_on) == (inbox, REF, OBJECTS["data"], DUE)
    assert message.note
    assert "eastmoor-prison" in message.what
    assert await pool.fetchval("select outcome from inbox") == "refused"
    assert await pool.fetchval("select count(*) from entries") == 1, "the request"


async def test_what_nobody_has_to_look_at_is_in_the_inbox_only(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    inbox = await receive(pool, "m-1")
    await file.write(WriteBatch(REF, (), (create_refusal("agency/1", inbox=inbox),)))
    assert (await list_open_ids(pool), await pool.fetchval("select outcome from inbox")) == ([], "refused")


async def test_an_exact_repetition_is_in_the_inbox_only(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    """1.5d: of what was applied, of what nobody has resolved, and within one write."""
    applied, again, first, second, third = [
        await receive(pool, f"m-{number}", bytes([number > 2] * 32)) for number in range(1, 6)
    ]
    await file.write(WriteBatch(REF, (entry(2, inbox=applied),), (refusal(again),), create_batch(2).case))
    await file.write(WriteBatch(REF, (), (refusal(first), refusal(second))))
    await file.write(WriteBatch(REF, (), (refusal(third),)))
    assert await list_open_ids(pool) == [first]
    assert await pool.fetchval("select count(*) from inbox where outcome is null") == 0


async def test_the_same_contents_from_another_agency_are_no_repetition(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    both = [await receive(pool, "m-1"), await receive(pool, "m-1", source="agency:eastmoor-probation")]
    await file.write(WriteBatch(REF, (), tuple(refusal(inbox) for inbox in both)))
    assert await list_open_ids(pool) == both


async def test_the_same_again_after_it_was_resolved_is_looked_at_again(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    first, second = await receive(pool, "m-1"), await receive(pool, "m-2")
    await file.write(WriteBatch(REF, (), (refusal(first),)))
    store = PostgresRefusedMessages(pool)
    by = "staff:s.lindqvist"
    assert [await store.resolve(first, Resolution.NO_ACTION, by) for _ in range(2)] == [True, False]
    await file.write(WriteBatch(REF, (), (refusal(second),)))
    assert await list_open_ids(pool) == [second]
    resolved = await RefusedMessageQueries(pool).get(first)
    assert resolved is not None
    assert (resolved.resolution, resolved.resolved_by) == ("no_action", by)


async def test_a_message_for_a_case_whose_workflow_has_ended_is_stored_once(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    inbox, again = await receive(pool, "m-1"), await receive(pool, "m-2")
    for number in (inbox, inbox, again):
        await PostgresInbox(pool).refuse_late(number, "case_closed", "", FollowUp("supervisor", DUE))
    assert await list_open_ids(pool) == [inbox]
    assert await pool.fetchval("select count(*) from inbox where outcome = 'refused'") == 2


async def test_a_list_of_an_area_or_of_somebodys_cases_holds_no_others(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    """What a supervisor has to resolve is in everybody's list."""
    first, second = await receive(pool, "m-1"), await receive(pool, "m-2", b"1" * 32)
    await file.write(WriteBatch(REF, (), (refusal(first), refusal(second, "caseworker"))))

    async def list_ids(**wanted: object) -> list[int]:
        return [message.id for message in await RefusedMessageQueries(pool).list_open(**wanted)]  # type: ignore[arg-type]

    assert await list_ids(areas=["eastshire"]) == [first, second]
    assert await list_ids(areas=["westhaven"]) == []
    assert await list_ids(assigned_to="c.okafor") == [first, second]
    assert await list_ids(assigned_to="d.webb") == [first]
    assert await list_ids(limit=1) == [first]
