"""Cases for tests of the command line: opened, waited for, and taken out again."""

import asyncio
import random
import uuid
from datetime import timedelta

import asyncpg

from adapters.clock import StackClock
from adapters.postgres.inbox import PostgresInbox
from adapters.requests.intake import store_request
from adapters.requests.people import Victim
from adapters.requests.rows import RequestRow
from domain.events import RequestReceived
from domain.vocabulary import AgeGroup, InitiatedBy, TakesPartAs
from ports.case_file import CaseSnapshot
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from tests.cli.shell import flags
from tests.token_keys import TOKEN_KEY

REQUEST = (*flags(area="avonside", offender_age_group="adult"), "--from", "-")
PEOPLE = '{"victim": {"name": "Marta Quill", "email": "marta@example.org"}, "offender": {"name": "Joss Brannick"}}'
FOUND = (*flags(answer="found", whereabouts="custody", responsible_agency="prison"), "--on-behalf-of", "vlo")


async def open_case(pool: asyncpg.Pool, area: str = "avonside") -> str:
    """The reference of a new case, whose request was imported."""
    request = RequestReceived(area, InitiatedBy.VICTIM, TakesPartAs.DIRECT_VICTIM, AgeGroup.ADULT, has_vlo=True)
    row = RequestRow(str(uuid.uuid4()), request, Victim("Marta Quill", email="marta@example.org"))
    ref = (await store_request(PostgresInbox(pool), TOKEN_KEY, "import:test", row, random.SystemRandom())).ref
    await wait_for_version(pool, ref, 1)
    return ref


async def wait_for_version(pool: asyncpg.Pool, ref: str, version: int) -> CaseSnapshot:
    """The case in the case file, once it has come to `version`."""
    async with asyncio.timeout(120):
        while True:
            case = await CaseQueries(pool).get_case(ref)
            if case is not None and case.version >= version:
                return case
            await asyncio.sleep(0.02)


async def wait_for_attempt(pool: asyncpg.Pool, ref: str) -> None:
    """Wait until a request to an agency was tried."""
    async with asyncio.timeout(120):
        while not await CaseHistory(pool).list_asks(ref):  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.02)


async def remove_cases(pool: asyncpg.Pool, *refs: str) -> None:
    """Remove cases from the case file, which the service itself never does."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        for table in ("waits", "entries", "cases"):
            await connection.execute(f"delete from {table} where ref = any($1)", refs)  # noqa: S608 - the names above


async def get_assignee(pool: asyncpg.Pool, ref: str) -> str:
    """Who the case is assigned to."""
    return str(await pool.fetchval("select assigned_to from cases where ref = $1", ref))


async def add_colleagues(pool: asyncpg.Pool, *accounts: str) -> None:
    """Have cases assigned to these accounts, which must be in the register for that."""
    await pool.executemany(
        "insert into staff (id, roles, areas) values ($1, '{caseworker}', null) on conflict do nothing",
        [(account,) for account in accounts],
    )


def in_a_month() -> str:
    """A day in the future."""
    return (StackClock().today() + timedelta(days=30)).isoformat()
