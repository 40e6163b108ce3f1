"""`rj inbox`: messages that were not delivered, and what staff decide about them."""

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from domain.vocabulary import CaseRef
from ports.inbox import InboxMessage
from tests.cli.conftest import RunningService

pytestmark = pytest.mark.postgres

REF = CaseRef("RJ-7Q2K-9F3M")
BODY = {"event": "trace_answered", "data": {}, "by": {"role": "agency", "area": "eastmoor"}}


@pytest.fixture
async def inbox(dsn: str) -> AsyncIterator[PostgresInbox]:
    async with await open_pool(dsn) as pool:
        yield PostgresInbox(pool)


async def accept(inbox: PostgresInbox, message_id: str = "m-1") -> int:
    message = InboxMessage("agency:eastmoor-vlo", message_id, REF, BODY, bytes(32), "Ring her sister.")
    return (await inbox.accept(message)).id


async def dead_letter(inbox: PostgresInbox, message_id: str = "m-1") -> int:
    id = await accept(inbox, message_id)
    await inbox.dead_letter(id, "not_in_temporal")
    return id


async def test_an_inbox_from_which_everything_was_delivered_says_so(alone: RunningService) -> None:
    ended = await alone.supervisor.rj("inbox")
    assert (ended.code, ended.out, ended.err) == (0, "No delivery problems\n", "")


async def test_a_dead_lettered_message_is_listed_shown_and_retried(alone: RunningService, inbox: PostgresInbox) -> None:
    id, shell = await dead_letter(inbox), alone.supervisor

    [listed] = await shell.values("inbox", "--ref", REF)
    facts = (listed["id"], listed["state"], listed["ref"], listed["event"])
    assert facts == (id, "dead_lettered", REF, "trace_answered")
    printed = await shell.rj("inbox")
    assert "not_in_temporal" in printed.out

    await shell.value("inbox", "retry", str(id))
    shown = await shell.value("inbox", "show", str(id))
    [decision] = shown["decisions"]
    assert (decision["decision"], decision["by"]) == ("retried", "staff:s.lindqvist")
    assert shown["state"] != "dead_lettered"
    assert "sister" not in printed.out + str(shown)


async def test_a_dead_lettered_message_is_rejected_and_its_sender_reads_why(
    alone: RunningService, inbox: PostgresInbox
) -> None:
    id, shell = str(await dead_letter(inbox)), alone.supervisor

    ended = await shell.rj("inbox", "reject", id, "--reason", "recorded_otherwise")
    assert ended.code == 0
    assert "staff have recorded it in another way [recorded_otherwise]" in ended.out
    status = await inbox.get_status("agency:eastmoor-vlo", "m-1")
    assert status is not None
    assert (status.status, status.reason) == ("refused", "recorded_otherwise")
    shown = await shell.rj("inbox", "show", id)
    assert "London time" in shown.out
    assert "as recorded_otherwise by staff:s.lindqvist; it was: not_in_temporal" in shown.out
    assert (await shell.rj("inbox")).out == "No delivery problems\n"


async def test_what_cannot_be_decided_is_one_line(alone: RunningService, inbox: PostgresInbox) -> None:
    id, shell = str(await accept(inbox)), alone.supervisor

    assert (await shell.get_error("inbox", "reject", id, "--reason", "not_delivered")).endswith("[wrong_state]")
    assert "it is one of not_delivered, recorded_otherwise" in await shell.get_error(
        "inbox", "reject", id, "--reason", "boring"
    )
    for command in ("retry", "show"):
        assert (await shell.get_error("inbox", command, "999")).endswith("[unknown_message]")
    assert "is not a case's reference" in await shell.get_error("inbox", "--ref", "RJ-1")
    assert "there is no such area" in await shell.get_error("inbox", "--area", "nowhere")


async def test_a_list_that_is_cut_short_says_so(alone: RunningService, inbox: PostgresInbox) -> None:
    for number in range(3):
        await dead_letter(inbox, f"m-{number}")
    ended = await alone.supervisor.rj("inbox", "--limit", "2")
    assert "Showing 2; use --limit for more." in ended.out
    assert ended.out.count("dead lettered") == 2
