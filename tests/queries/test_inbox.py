"""What of the inbox somebody should look at, its state, and why."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.inbox_decisions import PostgresInboxDecisions
from domain.vocabulary import CaseRef
from ports.inbox import InboxMessage
from queries.inbox import REUSED_ID_SHOWN_FOR, SLOW_AFTER, DeliveryState, InboxEntry, InboxFilters, InboxQueries
from tests.adapters.batches import OTHER_REF, REF, create_batch

pytestmark = pytest.mark.postgres

BODY = {"event": "trace_answered", "data": {}, "by": {"role": "agency", "area": "eastmoor"}}
LONG_AGO = SLOW_AFTER + timedelta(minutes=1)


async def _receive(
    pool: asyncpg.Pool, message_id: str, *, ref: CaseRef = REF, agency: str = "eastmoor-vlo", ago: timedelta = LONG_AGO
) -> int:
    accepted = await PostgresInbox(pool).accept(InboxMessage(f"agency:{agency}", message_id, ref, BODY, bytes(32)))
    await pool.execute("update inbox set received_at = now() - $2::interval where id = $1", accepted.id, ago)
    return accepted.id


async def _list_problems(pool: asyncpg.Pool, **filters: Any) -> list[tuple[int, DeliveryState]]:
    return [
        (entry.id, entry.state)
        for entry in await InboxQueries(pool).list_delivery_problems(InboxFilters(**filters), 50)
    ]


async def _get_entry(pool: asyncpg.Pool, inbox_id: int) -> InboxEntry:
    found = await InboxQueries(pool).get_entry(inbox_id)
    assert found is not None
    return found[0]


async def test_a_new_message_is_no_problem(pool: asyncpg.Pool) -> None:
    await _receive(pool, "m-1", ago=timedelta(minutes=1))

    assert await _list_problems(pool) == []


async def test_dead_lettered_messages_are_listed_first_and_waiting_ones_last(pool: asyncpg.Pool) -> None:
    waiting = await _receive(pool, "m-1")
    unanswered = await _receive(pool, "m-2", ref=OTHER_REF)
    failing = await _receive(pool, "m-3", ref=CaseRef("RJ-2222-2222"))
    dead_letter_id = await _receive(pool, "m-4", ref=CaseRef("RJ-3333-3333"))
    inbox = PostgresInbox(pool)
    await inbox.mark_delivered(unanswered)
    await pool.execute("update inbox set delivered_at = now() - $2::interval where id = $1", unanswered, LONG_AGO)
    await pool.execute("update inbox set error = 'unavailable', attempts = 7 where id = $1", failing)
    await inbox.dead_letter(dead_letter_id, "not_in_temporal")

    assert await _list_problems(pool) == [
        (dead_letter_id, DeliveryState.DEAD_LETTERED),
        (failing, DeliveryState.FAILING),
        (unanswered, DeliveryState.UNANSWERED),
        (waiting, DeliveryState.WAITING),
    ]
    assert (
        "not tried any more: the case is open, and Temporal does not run it"
        in (await _get_entry(pool, dead_letter_id)).why
    )
    assert "tried 7 times, and is tried again on" in (await _get_entry(pool, failing)).why
    assert "is a worker running?" in (await _get_entry(pool, unanswered)).why
    assert "is a server running?" in (await _get_entry(pool, waiting)).why


async def test_a_message_that_waits_for_another_of_its_case_says_for_which(pool: asyncpg.Pool) -> None:
    first, second = await _receive(pool, "m-1"), await _receive(pool, "m-2")
    await pool.execute("update inbox set error = 'timeout', attempts = 1 where id = $1", first)

    assert await _list_problems(pool) == [(first, DeliveryState.FAILING), (second, DeliveryState.WAITING)]
    assert (await _get_entry(pool, first)).behind is None
    assert f"waits for message {first}" in (await _get_entry(pool, second)).why


async def test_a_reused_id_is_listed_for_a_week(pool: asyncpg.Pool) -> None:
    inbox = PostgresInbox(pool)
    first = await _receive(pool, "m-1")
    await inbox.resolve(first, "applied")
    assert await _list_problems(pool) == []

    await inbox.accept(InboxMessage("agency:eastmoor-vlo", "m-1", REF, BODY, b"d" * 32))
    assert await _list_problems(pool) == [(first, DeliveryState.ID_REUSED)]
    assert "sent again once with other contents" in (await _get_entry(pool, first)).why

    await pool.execute("update inbox set id_reused_at = now() - $1::interval", REUSED_ID_SHOWN_FOR)
    assert await _list_problems(pool) == []
    assert (await _get_entry(pool, first)).state is DeliveryState.ID_REUSED


async def test_a_list_of_one_area_agency_or_case_holds_no_more(pool: asyncpg.Pool) -> None:
    await PostgresCaseFile(pool).write(create_batch(1, area="westhaven"))
    of_the_case = await _receive(pool, "m-1", ref=REF, agency="westhaven-prison")
    without_case = await _receive(pool, "m-2", ref=OTHER_REF)

    assert await _list_problems(pool, areas=["westhaven"]) == [(of_the_case, DeliveryState.WAITING)]
    assert await _list_problems(pool, areas=["eastmoor"]) == [(without_case, DeliveryState.WAITING)]
    assert await _list_problems(pool, agency="eastmoor-vlo") == [(without_case, DeliveryState.WAITING)]
    assert await _list_problems(pool, ref=REF) == [(of_the_case, DeliveryState.WAITING)]
    assert len(await InboxQueries(pool).list_delivery_problems(InboxFilters(), 1)) == 1


async def test_a_request_that_is_not_a_case_yet_belongs_to_the_area_it_names(pool: asyncpg.Pool) -> None:
    body = {"event": "request_received", "data": {"area": "northvale"}, "by": {"role": "service"}}
    accepted = await PostgresInbox(pool).accept_request(
        InboxMessage("import:spring", "1", REF, body, bytes(32)), {}, None
    )
    await PostgresInbox(pool).dead_letter(accepted.id, "unsendable: TypeError")

    assert await _list_problems(pool, areas=["northvale"]) == [(accepted.id, DeliveryState.DEAD_LETTERED)]
    assert await _list_problems(pool, areas=["eastmoor"]) == []


async def test_what_was_decided_of_a_message_is_read_with_it(pool: asyncpg.Pool) -> None:
    first = await _receive(pool, "m-1")
    await PostgresInbox(pool).dead_letter(first, "invalid_argument")
    await PostgresInboxDecisions(pool).retry(first, "staff:c.okafor")

    found = await InboxQueries(pool).get_entry(first)
    assert found is not None
    (decision,) = found[1]
    assert (decision.decision, decision.previous_error, decision.by) == (
        "retried",
        "invalid_argument",
        "staff:c.okafor",
    )
    assert await InboxQueries(pool).get_entry(first + 1) is None
