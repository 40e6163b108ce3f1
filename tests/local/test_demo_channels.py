"""What the demonstration says of each channel is true of the case that it names."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from activities.ports import Agency, ChannelName, Page
from adapters.postgres.casefile import PostgresCaseFile
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from domain.vocabulary import CaseRef
from local.demo_channels import ways
from tests.adapters.pages import case, entry

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
FIRST, SECOND = CaseRef("RJ-2222-2222"), CaseRef("RJ-3333-3333")


@pytest.fixture
async def answered(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A database in which the register has found nobody for the first case, and somebody for the second."""
    async with await open_pool(dsn) as pool:
        await PostgresDirectory(pool).put(REGISTER)
        await answer(pool, FIRST, "not_found")
        await answer(pool, SECOND, "found")
        yield pool


async def answer(pool: asyncpg.Pool, ref: CaseRef, said: str) -> None:
    body = {"event": "trace_answered", "data": {"answer": said}, "by": {"role": "agency"}}
    stored = await PostgresInbox(pool).accept_event(f"agency:{REGISTER.id}", f"{ref}.1", ref, body, "", bytes(32))
    told = entry(1, event="trace_answered", data={"answer": said}, inbox=stored.id)
    await PostgresCaseFile(pool).write(Page(ref, (told,), case=case(1, ref)))


async def test_the_case_that_is_shown_for_the_register_was_found_there(answered: asyncpg.Pool) -> None:
    (register,) = await ways(answered)

    assert (register.channel, register.answered, register.ref) == ("hmpps", 2, SECOND)
