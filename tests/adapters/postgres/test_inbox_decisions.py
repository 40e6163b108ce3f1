"""Staff decide of what does not arrive, and what they decided is kept."""

from typing import get_args

import asyncpg
import pytest

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.inbox_decisions import PostgresInboxDecisions
from domain.vocabulary import Refusal
from domain.wording.refusals import SENTENCES
from ports.inbox import DecisionNotPossible, InboxMessage, RejectionReason, UndeliveredReason
from tests.adapters.batches import REF

pytestmark = pytest.mark.postgres

SOURCE, BY = "agency:eastmoor-probation", "staff:s.lindqvist"


@pytest.fixture
async def dead_letter_id(pool: asyncpg.Pool) -> int:
    """A message that was dead-lettered."""
    inbox = PostgresInbox(pool)
    accepted = await inbox.accept(InboxMessage(SOURCE, "m-1", REF, {"event": "trace_answered"}, bytes(32)))
    await inbox.lease_next(1, 60)
    await inbox.dead_letter(accepted.id, "not_in_temporal")
    return accepted.id


async def test_a_dead_letter_is_delivered_again_and_the_decision_is_stored(
    pool: asyncpg.Pool, dead_letter_id: int
) -> None:
    inbox, decisions = PostgresInbox(pool), PostgresInboxDecisions(pool)
    assert await inbox.lease_next(10, 60) == ()

    await decisions.retry(dead_letter_id, BY)

    assert [message.id for message in await inbox.lease_next(10, 60)] == [dead_letter_id]
    kept = await pool.fetchrow("select decision, reason, previous_error, by, at <= now() as at from inbox_decisions")
    assert kept is not None
    assert tuple(kept) == ("retried", None, "not_in_temporal", BY, True)


async def test_a_message_that_waits_for_its_next_try_can_be_tried_now(pool: asyncpg.Pool) -> None:
    inbox = PostgresInbox(pool)
    accepted = await inbox.accept(InboxMessage(SOURCE, "m-1", REF, {}, bytes(32)))
    await pool.execute("update inbox set error = 'unavailable', next_try_at = now() + interval '1 hour'")

    await PostgresInboxDecisions(pool).retry(accepted.id, BY)

    assert [message.id for message in await inbox.lease_next(10, 60)] == [accepted.id]
    assert await pool.fetchval("select previous_error from inbox_decisions") == "unavailable"


@pytest.mark.parametrize("reason", get_args(RejectionReason))
async def test_a_dead_letter_is_resolved_for_a_reason_that_its_sender_reads(
    pool: asyncpg.Pool, dead_letter_id: int, reason: RejectionReason
) -> None:
    await PostgresInboxDecisions(pool).resolve(dead_letter_id, reason, BY)

    standing = await PostgresInbox(pool).get_status(SOURCE, "m-1")
    assert standing is not None
    assert (standing.status, standing.reason) == ("refused", reason)
    assert SENTENCES[reason]
    kept = await pool.fetchrow("select decision, reason, previous_error, by from inbox_decisions")
    assert kept is not None
    assert tuple(kept) == ("resolved", reason, "not_in_temporal", BY)


async def test_only_a_dead_letter_is_resolved_since_a_try_may_have_arrived(pool: asyncpg.Pool) -> None:
    inbox, decisions = PostgresInbox(pool), PostgresInboxDecisions(pool)
    accepted = await inbox.accept(InboxMessage(SOURCE, "m-1", REF, {}, bytes(32)))
    await pool.execute("update inbox set error = 'timeout', attempts = 1")

    with pytest.raises(DecisionNotPossible) as raised:
        await decisions.resolve(accepted.id, Refusal.NOT_DELIVERED, BY)

    assert raised.value.reason is UndeliveredReason.NOT_DEAD_LETTERED
    assert await pool.fetchval("select outcome from inbox") is None
    assert await pool.fetchval("select count(*) from inbox_decisions") == 0


@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ("outcome = 'applied', resolved_at = now()", UndeliveredReason.RESOLVED),
        ("delivered_at = now()", UndeliveredReason.DELIVERED),
        ("leased_until = now() + interval '10 seconds'", UndeliveredReason.BEING_TRIED),
        ("id = default", UndeliveredReason.UNKNOWN),
    ],
)
async def test_no_decision_about_a_message_in_delivery_or_with_an_outcome(
    pool: asyncpg.Pool, dead_letter_id: int, change: str, standing: UndeliveredReason
) -> None:
    await pool.execute(f"update inbox set dead_letter_reason = null, {change}")  # noqa: S608 - those above
    decisions = PostgresInboxDecisions(pool)

    for decision in (decisions.retry(dead_letter_id, BY), decisions.resolve(dead_letter_id, Refusal.NOT_DELIVERED, BY)):
        with pytest.raises(DecisionNotPossible) as raised:
            await decision
        assert raised.value.reason is standing

    assert await pool.fetchval("select count(*) from inbox_decisions") == 0


async def test_an_expired_lease_prevents_no_decision(pool: asyncpg.Pool, dead_letter_id: int) -> None:
    await pool.execute("update inbox set leased_until = now() - interval '1 second'")

    await PostgresInboxDecisions(pool).retry(dead_letter_id, BY)

    assert await pool.fetchval("select dead_letter_reason from inbox") is None
