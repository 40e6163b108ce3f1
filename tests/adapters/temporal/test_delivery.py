"""From the inbox to the cases: real PostgreSQL, a real Temporal server, the real workflow."""

import asyncio
import base64
import hashlib
import json
import random
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, cast

import asyncpg
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.policies import PostgresPolicies
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from adapters.temporal.delivery import (
    IDLE_SECONDS,
    MAX_UNEXPECTED_ERRORS,
    Delivery,
)
from devstack.embedded import TemporalServer, attribute_types, temporal_server
from devstack.processes import free_port
from domain.policy import ADULT, YOUTH
from domain.references import new_ref
from domain.vocabulary import CaseRef, WaitKind
from ports.inbox import InboxMessage
from tests.case_workers import create_case_worker
from tests.fakes import REQUEST, MemoryChannel
from tests.token_keys import TOKEN_KEY
from workflows.clock import REAL_TIME
from workflows.names import SEARCH_ATTRIBUTES

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

CASEWORKER = {"role": "caseworker", "id": "c.okafor"}
SCREENED = {"event": "request_screened", "data": {"answer": "proceed"}, "by": CASEWORKER}


@dataclass
class Post:
    """The inbox, and one delivery from it."""

    pool: asyncpg.Pool
    client: Client
    task_queue: str
    delivery: Delivery

    @property
    def inbox(self) -> PostgresInbox:
        return PostgresInbox(self.pool)

    def another(self) -> Delivery:
        """A delivery as in another process."""
        return _delivery(self.pool, self.client, self.task_queue)

    async def request(self, source_id: str = "1", **data: Any) -> CaseRef:
        body = {"event": "request_received", "data": {**REQUEST, **data}, "by": {"role": "victim"}}
        ref, digest = new_ref(random.SystemRandom()), hashlib.sha256(source_id.encode()).digest()
        accepted = await self.inbox.accept_request(InboxMessage("import:a", source_id, ref, body, digest), {}, None)
        return accepted.ref

    async def event(self, ref: str, message_id: str = "m-1", body: dict[str, Any] = SCREENED) -> int:
        digest = hashlib.sha256(message_id.encode()).digest()
        return (await self.inbox.accept(InboxMessage("staff:c.okafor", message_id, CaseRef(ref), body, digest))).id

    async def rows(self, what: str = "outcome") -> list[Any]:
        rows = await self.pool.fetch(f"select {what} from inbox order by id")  # noqa: S608 - written below, each
        return [row[0] for row in rows]

    async def until(self, *expected: object, what: str = "outcome") -> None:
        """Wait until all messages are so, in order."""
        async with asyncio.timeout(120):
            while await self.rows(what) != list(expected):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)

    async def entries(self, ref: str) -> list[str]:
        return [
            row[0] for row in await self.pool.fetch("select event from entries where ref = $1 order by version", ref)
        ]


def _delivery(pool: asyncpg.Pool, client: Client, task_queue: str) -> Delivery:
    return Delivery(PostgresInbox(pool), client, task_queue, lambda: REAL_TIME, PostgresPolicies(pool), TOKEN_KEY)


@pytest.fixture
async def post(dsn: str, temporal: TemporalServer) -> AsyncIterator[Post]:
    """An inbox that nothing is delivered from yet, and no worker."""
    pool = await open_pool(dsn)
    client = await Client.connect(temporal.address, plugins=[SHARED])
    task_queue = f"delivery-{uuid.uuid4().hex}"
    yield Post(pool, client, task_queue, _delivery(pool, client, task_queue))
    await pool.close()


@pytest.fixture
async def worker(post: Post) -> AsyncIterator[None]:
    """A worker with the real case file."""
    file, asks = PostgresCaseFile(post.pool), PostgresAsks(post.pool)
    async with create_case_worker(post.client, post.task_queue, file, asks, MemoryChannel()):
        yield


async def test_a_request_starts_its_case_and_an_event_moves_it(post: Post, worker: None) -> None:
    ref = await post.request()
    await post.event(ref)

    assert await post.delivery.deliver_next() == (1, 0)
    assert await post.delivery.deliver_next() == (1, 0)

    await post.until("applied", "applied")
    assert await post.entries(ref) == ["request_received", "request_screened"]


async def test_a_delivery_without_a_worker_waits_for_one(post: Post) -> None:
    ref = await post.request()
    await post.event(ref)

    await post.delivery.deliver_next()
    await post.delivery.deliver_next()

    assert await post.rows("delivered_at is not null") == [True, True]
    assert await post.rows() == [None, None]


async def test_two_deliveries_of_one_message_are_one_entry(post: Post, worker: None) -> None:
    ref = await post.request()
    await post.event(ref)
    await post.delivery.deliver_next()
    await post.delivery.deliver_next()
    await post.until("applied", "applied")
    # As where a process was killed between the signal and the note that it was delivered.
    undone = "update inbox set delivered_at = null, outcome = null, resolved_at = null, next_try_at = now()"
    await post.pool.execute(undone)

    await post.delivery.deliver_next()
    await post.delivery.deliver_next()

    assert await post.rows("delivered_at is not null") == [True, True]
    assert await post.entries(ref) == ["request_received", "request_screened"]


async def test_concurrent_deliveries_keep_the_order_of_each_case(post: Post, worker: None) -> None:
    refs = [await post.request(str(number)) for number in range(8)]
    held = {"event": "put_on_hold", "data": {"reason": "illness"}, "by": CASEWORKER}
    resumed = {"event": "resumed", "data": {}, "by": CASEWORKER}
    for number, body in enumerate([SCREENED, held, resumed, held, resumed]):
        for ref in refs:
            await post.event(ref, f"{ref}-{number}", body)

    loops = [post.delivery, post.another(), post.another()]
    running = [asyncio.create_task(loop.run()) for loop in loops]
    await post.until(*["applied"] * 48)
    for loop in loops:
        loop.stop()
    await asyncio.gather(*running)

    assert await post.rows("attempts") == [1] * 48
    for ref in refs:
        assert (await post.entries(ref))[1:] == ["request_screened", *["put_on_hold", "resumed"] * 2]


async def test_a_request_that_must_be_refused_starts_no_case(post: Post) -> None:
    ref = await post.request(initiated_by="offender", flags=["domestic_abuse"])

    await post.delivery.deliver_next()

    assert await post.rows("array[outcome, reason]") == [["refused", "victim_must_ask"]]
    with pytest.raises(RPCError) as raised:
        await post.client.get_workflow_handle(ref).describe()
    assert raised.value.status is RPCStatusCode.NOT_FOUND


async def test_a_request_that_cannot_be_read_is_refused(post: Post) -> None:
    await post.request(preferred_form="telepathy")

    await post.delivery.deliver_next()

    assert await post.rows("array[outcome, reason]") == [["refused", "unreadable"]]


async def test_an_event_for_no_case_is_refused(post: Post) -> None:
    await post.event("RJ-2222-2222")

    await post.delivery.deliver_next()

    assert await post.rows("array[outcome, reason]") == [["refused", "unknown_case"]]


async def test_an_event_for_a_refused_request_is_refused(post: Post) -> None:
    ref = await post.request(initiated_by="offender", flags=["domestic_abuse"])
    await post.event(ref)

    await post.delivery.deliver_next()
    await post.delivery.deliver_next()

    assert await post.rows("reason") == ["victim_must_ask", "unknown_case"]


async def test_an_event_for_a_closed_case_is_refused(post: Post) -> None:
    ref = await post.request()
    await post.delivery.deliver_next()
    await post.client.get_workflow_handle(ref).terminate()
    await post.event(ref)

    await post.delivery.deliver_next()

    assert await post.rows("reason") == [None, "case_closed"]


async def test_an_event_for_a_lost_workflow_is_dead_lettered(post: Post, worker: None) -> None:
    ref = await post.request()
    await post.pool.execute("update inbox set outcome = 'applied', resolved_at = now()")
    await post.event(ref)

    await post.delivery.deliver_next()

    assert await post.rows("array[outcome, dead_letter_reason]") == [["applied", None], [None, "not_in_temporal"]]


async def test_a_case_without_a_workflow_has_the_status_of_its_file(post: Post, worker: None) -> None:
    ref = await post.request()
    declined = {"event": "request_screened", "data": {"answer": "refuse", "reason": "duplicate"}, "by": CASEWORKER}
    await post.event(ref, "m-1", declined)
    await post.delivery.deliver_next()
    await post.delivery.deliver_next()
    await post.until("applied", "applied")

    assert await post.inbox.get_case_status(ref) == "closed"
    assert await post.inbox.get_case_status(CaseRef("RJ-2222-2222")) == "unknown"


class SlowWith:
    """A client for which Temporal never answers about one case."""

    def __init__(self, client: Client, ref: CaseRef) -> None:
        self._client = client
        self._ref = ref

    def get_workflow_handle(self, ref: str) -> Any:
        return self if ref == self._ref else self._client.get_workflow_handle(ref)

    async def signal(self, *_: object) -> None:
        await asyncio.sleep(60)


async def test_a_slow_case_delays_no_other(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, other = await post.request("1"), await post.request("2")
    await post.delivery.deliver_next()
    await post.event(slow, "slow")
    for number in range(3):
        await post.event(other, f"m-{number}")
    monkeypatch.setattr("adapters.temporal.delivery.CALL_TIMEOUT", 3.0)
    client = cast("Client", SlowWith(post.client, slow))

    delivery = _delivery(post.pool, client, post.task_queue)
    running = asyncio.create_task(delivery.run())
    began = perf_counter()
    await post.until(True, True, False, True, True, True, what="delivered_at is not null")
    assert perf_counter() - began < 3
    delivery.stop()
    await running

    assert (await post.rows("error"))[2] == "timeout"


async def test_messages_wait_while_temporal_is_unavailable(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.temporal.delivery.CALL_TIMEOUT", 2.0)
    port = free_port()
    async with temporal_server(None, ui=False, search_attributes={}, port=port) as server:
        client = await Client.connect(server.address, plugins=[SHARED])
    ref = await post.request()
    delivery = _delivery(post.pool, client, post.task_queue)

    running = asyncio.create_task(delivery.run())
    await post.until(True, what="error <> ''")
    delivery.stop()
    await running

    (failed,) = await post.pool.fetch("select error, attempts, next_try_at > now() as later, outcome from inbox")
    assert failed["error"] in ("timeout", "unavailable")
    assert (failed["attempts"], failed["later"], failed["outcome"]) == (1, True, None)
    attributes = attribute_types(SEARCH_ATTRIBUTES)
    async with temporal_server(None, ui=False, search_attributes=attributes, port=port):
        delivery = _delivery(post.pool, client, post.task_queue)
        running = asyncio.create_task(delivery.run())
        await post.until(True, what="delivered_at is not null")
        delivery.stop()
        await running
        assert (await client.get_workflow_handle(ref).describe()).id == ref


async def test_a_record_that_temporal_never_accepts_is_dead_lettered(post: Post) -> None:
    ref = await post.request()
    await post.delivery.deliver_next()
    too_large = {**SCREENED, "data": {"answer": "x" * 3_000_000}}
    await post.event(ref, "m-1", too_large)
    await post.event(ref, "m-2")

    await post.delivery.deliver_next()
    await post.delivery.deliver_next()

    assert await post.rows("dead_letter_reason is not null") == [False, True, False]
    assert await post.rows("delivered_at is not null") == [True, False, True]


class BreaksWith(SlowWith):
    """A client that fails unexpectedly, for one case."""

    async def signal(self, *_: object) -> None:
        raise RuntimeError("no one expected this")


async def test_unexpected_errors_are_retried_with_growing_pauses_and_dead_lettered(post: Post) -> None:
    ref = await post.request()
    await post.delivery.deliver_next()
    for message in ("m-1", "m-2"):
        await post.event(ref, message)
    broken = _delivery(post.pool, cast("Client", BreaksWith(post.client, ref)), post.task_queue)

    assert await broken.deliver_next() == (1, 1)
    columns = "error, unexpected_errors, next_try_at > now(), dead_letter_reason"
    row = await post.pool.fetchrow(f"select {columns} from inbox where message_id = 'm-1'")  # noqa: S608 - those above
    assert tuple(row or ()) == ("unexpected_error", 1, True, None)

    await post.pool.execute(
        "update inbox set unexpected_errors = $1, next_try_at = now() where error <> ''", MAX_UNEXPECTED_ERRORS - 1
    )
    await broken.deliver_next()
    assert await post.rows("dead_letter_reason") == [None, "unexpected_error", None]
    await post.delivery.deliver_next()
    assert (await post.rows("delivered_at is not null"))[2]


async def test_a_record_carries_where_it_came_from(post: Post) -> None:
    ref = await post.request()
    inbox_id = await post.event(ref, "ashdown")
    for _ in range(2):
        await post.delivery.deliver_next()

    history = (await post.client.get_workflow_handle(ref).fetch_history()).to_json()
    events = json.loads(history)["events"]
    (signal,) = [event for event in events if event["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED"]
    (payload,) = signal["workflowExecutionSignaledEventAttributes"]["input"]["payloads"]
    # The sender chose the id of the message, so that it may be a name: a token replaces it.
    token = TOKEN_KEY.make_message_token("staff:c.okafor", "ashdown")
    expected = {**SCREENED, "id": f"staff:c.okafor/{token}", "note": "", "inbox": inbox_id}
    assert json.loads(base64.b64decode(payload["data"])) == expected
    assert "ashdown" not in history


async def test_a_message_stored_by_another_process_is_found_within_the_idle_pause(post: Post) -> None:
    await post.request()
    running = asyncio.create_task(post.delivery.run())
    await post.until(True, what="delivered_at is not null")
    began = perf_counter()
    await post.request("2")
    await post.until(True, True, what="delivered_at is not null")
    took = perf_counter() - began
    post.delivery.stop()
    await running

    # Generous, since the machine may be busy: what matters is that it is no matter of seconds.
    assert took < IDLE_SECONDS + 2


async def test_a_case_begins_under_the_policy_of_its_area_and_keeps_its_value(post: Post, worker: None) -> None:
    """4.10c."""
    waits = {**ADULT.waits, WaitKind.SCREENING: YOUTH.waits[WaitKind.TRACE]}
    waits = {**ADULT.waits, WaitKind.SCREENING: YOUTH.waits[WaitKind.TRACE]}
    ours = replace(ADULT, name="north", area="north", waits=waits)
    await PostgresPolicies(post.pool).load([ours], "operator:a")
    ref = await post.request(area="north")
    await post.delivery.deliver_next()
    await post.until("applied")
    query = "select policy, entries.rules from cases join entries using (ref) where ref = $1"
    (row,) = await post.pool.fetch(query, ref)
    assert (row["policy"], row["rules"]["policy"]["name"]) == ("north/1", "north")
    assert row["rules"]["policy"]["waits"]["screening"]["due"] == YOUTH.waits[WaitKind.TRACE].due
    history = await post.client.get_workflow_handle(ref).fetch_history()
    start = history.events[0].workflow_execution_started_event_attributes.input.payloads[0].data
    assert b'"name":"north"' in start.replace(b" ", b"")
