"""What the demonstration says of each channel is true of the case that it names."""

import json
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from devstack.demo_channels import missing_channels
from devstack.demo_report import report
from domain.effects import Ask
from domain.vocabulary import AgencyKind, AgencyRef, CaseRef, WaitKind
from ports.agencies import Agency, Attempt, AttemptOutcome, ChannelName
from ports.case_file import WriteBatch
from ports.inbox import InboxMessage
from queries.demonstration import ChannelSummary, DemonstrationQueries
from tests.adapters.batches import START, case, entry

pytestmark = pytest.mark.postgres

REGISTER = Agency(
    "eastmoor-register",
    "probation",
    "eastmoor",
    "Register",
    ChannelName.HMPPS,
    "https://register.example",
    questions=frozenset({"trace"}),
)
PRISON = Agency("eastmoor-prison", "prison", "eastmoor", "Prison", ChannelName.HTTP, "https://prison.example")
VLO = Agency("eastmoor-vlo", "vlo", "eastmoor", "VLO", ChannelName.EMAIL, "vlo@agencies.example")
BY_HAND = Agency("eastmoor-court", "court", "eastmoor", "Court", ChannelName.MANUAL)
FIRST, SECOND, THIRD, FOURTH, FIFTH = (CaseRef(f"RJ-{n * 4}-{n * 4}") for n in "23456")


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(dsn) as pool:
        for agency in (REGISTER, PRISON, VLO, BY_HAND):
            await PostgresDirectory(pool).save(agency)
        yield pool


async def record_ask(pool: asyncpg.Pool, agency: Agency, ref: CaseRef) -> None:
    key, kind = f"{ref}.2.trace:{agency.kind}", AgencyKind(agency.kind)
    ask = Ask(key, ref, agency.area, AgencyRef(kind), WaitKind.TRACE, date(2026, 12, 4))
    outcome = AttemptOutcome.MANUAL if agency.channel is ChannelName.MANUAL else AttemptOutcome.DELIVERED
    attempt = Attempt(outcome, "", agency.id, agency.channel, agency.address)
    await PostgresAsks(pool).record_attempt(ask, attempt)


async def answer(pool: asyncpg.Pool, agency: Agency, ref: CaseRef, said: str, message_id: str = "") -> None:
    await record_ask(pool, agency, ref)
    body = {"event": "trace_answered", "data": {"answer": said}, "by": {"role": "agency"}}
    source = f"agency:{agency.id}"
    stored = await PostgresInbox(pool).accept(InboxMessage(source, message_id or f"{ref}.1", ref, body, bytes(32)))
    await record_entry(pool, ref, said, inbox=stored.id)


async def record_answer(pool: asyncpg.Pool, agency: Agency, ref: CaseRef, said: str) -> None:
    """A caseworker records what they heard."""
    await record_ask(pool, agency, ref)
    await record_entry(pool, ref, said, by={"role": "caseworker", "id": "c.okafor", "on_behalf_of": agency.kind})


async def record_entry(pool: asyncpg.Pool, ref: CaseRef, said: str, **how: object) -> None:
    page = entry(1, event="trace_answered", data={"answer": said}, **how)
    await PostgresCaseFile(pool).write(WriteBatch(ref, (page,), case=case(1, ref)))


async def test_each_channel_is_shown_with_a_case_that_was_answered_by_it(pool: asyncpg.Pool) -> None:
    await answer(pool, PRISON, FIRST, "found")
    await answer(pool, VLO, SECOND, "not_found", message_id="link-0f3a")
    await answer(pool, REGISTER, THIRD, "not_found")
    await answer(pool, REGISTER, FOURTH, "found")
    await record_answer(pool, BY_HAND, FIFTH, "not_found")

    shown = await DemonstrationQueries(pool).summarise_channels()

    assert shown == (
        ChannelSummary("http", 1, 1, "trace_answered", FIRST, found=True),
        ChannelSummary("email", 1, 1, "trace_answered", SECOND, found=False),
        ChannelSummary("hmpps", 2, 2, "trace_answered", FOURTH, found=True),
        ChannelSummary("manual", 1, 1, "trace_answered", FIFTH, found=False),
    )
    assert missing_channels(shown) == ()


async def test_a_channel_by_which_nobody_answered_is_missed_and_so_is_a_register_that_found_nobody(
    pool: asyncpg.Pool,
) -> None:
    await answer(pool, PRISON, FIRST, "found")
    await record_ask(pool, VLO, SECOND)
    await answer(pool, REGISTER, THIRD, "not_found")

    shown = await DemonstrationQueries(pool).summarise_channels()

    assert [channel.channel for channel in shown] == ["http", "hmpps"]
    assert missing_channels(shown) == (
        "email: nobody was reached and answered",
        "manual: nobody was reached and answered",
        "hmpps: the register answered, and found nobody",
    )
    assert "hmpps: nobody was reached and answered" in missing_channels(())


async def test_what_is_recorded_for_an_agency_that_is_asked_in_another_way_is_no_work_of_a_caseworker(
    pool: asyncpg.Pool,
) -> None:
    await record_answer(pool, PRISON, FIRST, "found")
    await record_ask(pool, BY_HAND, SECOND)
    assert await DemonstrationQueries(pool).summarise_channels() == ()

    await record_answer(pool, BY_HAND, THIRD, "found")
    assert await DemonstrationQueries(pool).summarise_channels() == (
        ChannelSummary("manual", 2, 1, "trace_answered", THIRD, found=True),
    )


async def all_but_by_hand(pool: asyncpg.Pool) -> None:
    """Answers by each channel but one."""
    await answer(pool, PRISON, FIRST, "found")
    await answer(pool, VLO, SECOND, "found", message_id="link-0f3a")
    await answer(pool, REGISTER, THIRD, "found")


async def test_the_demonstration_has_gone_well_only_where_every_channel_was_at_work(
    pool: asyncpg.Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    await all_but_by_hand(pool)
    assert not await report(pool, [], START, as_json=True, seconds=1.0)
    printed = capsys.readouterr()
    assert [channel["channel"] for channel in json.loads(printed.out)["channels"]] == ["http", "email", "hmpps"]
    assert printed.err == "manual: nobody was reached and answered\n"

    await record_answer(pool, BY_HAND, FOURTH, "not_found")
    assert await report(pool, [], START, as_json=True, seconds=1.0)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("as_json", [True, False])
async def test_the_demonstration_has_not_gone_well_where_a_chain_of_entries_is_broken(
    pool: asyncpg.Pool, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    await all_but_by_hand(pool)
    await record_answer(pool, BY_HAND, FOURTH, "not_found")
    await pool.execute("alter table entries disable trigger user")
    await pool.execute("update entries set data = '{}' where ref = $1", FOURTH)
    assert not await report(pool, [], START, as_json=as_json, seconds=1.0)
    printed = capsys.readouterr()
    assert printed.err == f"{FOURTH}: entry 1 is not as it was written\n"
    assert as_json or "and 1 FAULTS were found in it" in printed.out
