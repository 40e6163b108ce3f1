"""`rj inbox`: what did not arrive, and what staff make of it."""

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from domain.vocabulary import CaseRef
from ports.inbox import InboxMessage
from tests.cli.shell import Shell

REF = CaseRef("RJ-7Q2K-9F3M")
BODY = {"event": "trace_answered", "data": {}, "by": {"role": "agency", "area": "eastmoor"}}
SUPERVISOR = ("--as", "supervisor:s.lindqvist")


@pytest.fixture
async def inbox(dsn: str) -> AsyncIterator[PostgresInbox]:
    async with await open_pool(dsn) as pool:
        yield PostgresInbox(pool)


async def parked(inbox: PostgresInbox, message_id: str = "m-1") -> int:
    accepted = await inbox.accept(
        InboxMessage("agency:eastmoor-vlo", message_id, REF, BODY, bytes(32), "Ring her sister.")
    )
    await inbox.dead_letter(accepted.id, "not_in_temporal")
    return accepted.id


async def test_an_inbox_of_which_everything_arrived_says_so(alone: Shell) -> None:
    ended = await alone.rj("inbox")

    assert (ended.code, ended.out, ended.err) == (0, "Everything has arrived.\n", "")


async def test_a_parked_message_is_listed_shown_and_tried_again(alone: Shell, inbox: PostgresInbox) -> None:
    id = await parked(inbox)

    listed = await alone.value("inbox", "--area", "eastmoor", "--agency", "eastmoor-vlo", "--ref", REF)
    assert (listed["id"], listed["state"], listed["ref"], listed["event"]) == (
        id,
        "dead_lettered",
        REF,
        "trace_answered",
    )
    said = await alone.rj("inbox")
    assert "not_in_temporal" in said.out

    await alone.value("inbox", "retry", str(id), *SUPERVISOR)
    shown = await alone.value("inbox", "show", str(id))
    (decision,) = shown["decisions"]
    assert (decision["decision"], decision["by"]) == ("retried", "staff:s.lindqvist")
    assert [each.id for each in await inbox.lease_next(10, 60)] == [id]
    assert "sister" not in said.out + str(shown)


async def test_a_parked_message_is_settled_and_its_sender_reads_why(alone: Shell, inbox: PostgresInbox) -> None:
    id = await parked(inbox)

    ended = await alone.rj("inbox", "resolve", str(id), "--reason", "recorded_otherwise", *SUPERVISOR)

    assert ended.code == 0
    assert "staff have recorded it in another way. [recorded_otherwise]" in ended.out
    standing = await inbox.get_status("agency:eastmoor-vlo", "m-1")
    assert standing is not None
    assert (standing.status, standing.reason) == ("refused", "recorded_otherwise")
    shown = await alone.rj("inbox", "show", str(id))
    assert "resolved as recorded_otherwise by staff:s.lindqvist; it was: not_in_temporal" in shown.out
    assert (await alone.rj("inbox")).out == "Everything has arrived.\n"


async def test_what_cannot_be_decided_is_one_line(alone: Shell, inbox: PostgresInbox) -> None:
    id = str((await inbox.accept(InboxMessage("agency:eastmoor-vlo", "m-1", REF, BODY, bytes(32)))).id)

    assert "is still being tried" in await alone.refused("inbox", "resolve", id, "--reason", "not_delivered")
    assert "it is one of not_delivered, recorded_otherwise" in await alone.refused(
        "inbox", "resolve", id, "--reason", "boring"
    )
    assert await alone.refused("inbox", "retry", "999") == "rj: there is no message 999 in the inbox"
    assert await alone.refused("inbox", "show", "999") == "rj: there is no message 999 in the inbox"
    await inbox.mark_delivered(int(id))
    assert "was given to its case" in await alone.refused("inbox", "retry", id)


async def test_a_list_that_is_cut_short_says_so(alone: Shell, inbox: PostgresInbox) -> None:
    for number in range(3):
        await parked(inbox, f"m-{number}")
    ended = await alone.rj("inbox", "--limit", "2")

    assert "Only the first 2 are listed" in ended.out
    assert ended.out.count("dead_lettered") == 2


async def test_a_reference_that_is_none_is_one_line(alone: Shell) -> None:
    assert "is not a case's reference" in await alone.refused("inbox", "--ref", "RJ-1")
