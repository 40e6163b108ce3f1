"""The API for staff over real HTTP: real PostgreSQL, real Temporal, a worker, and open cases."""

import asyncio
import itertools
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from adapters.channels.factories import open_channels
from adapters.connections import Connections
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.policies import PostgresPolicies
from adapters.postgres.pool import open_pool
from adapters.requests.intake import store_request
from adapters.requests.rows import RequestRow, read_row
from adapters.temporal.cases import TemporalCases
from adapters.temporal.client import SHARED
from adapters.temporal.delivery import Delivery
from api.app import create_app
from api.problems import PROBLEMS, Code
from api_dependencies import create_dependencies
from devstack.embedded import TemporalServer
from domain.events import Record
from domain.people import Person
from domain.references import new_ref
from domain.vocabulary import CaseRef
from ports.case_file import RecordResult
from settings import Settings
from tests.agencies import enter_agencies_asked_by_hand
from tests.api.people import CASEWORKER, KnownTokens, shows
from tests.conftest import TEMPLATE, fresh_database
from tests.serving import serve_app
from tests.token_keys import TOKEN_KEY, TOKEN_KEY_SETTING
from worker import build_worker
from workflows.clock import REAL_TIME

AREA, ELSEWHERE = "avonside", "eastmoor"
VICTIM_CONTACT = "0113 496 0000"
NOTIFY_TOKEN = {"authorization": "Bearer notify"}

COLLEAGUES = ("c.okafor", "d.ferreira", "a.b", "c.d")
_MEMBER = (
    "insert into staff (id, roles, areas, entered_by) values ($1, '{caseworker}', null, '') on conflict do nothing"
)


@dataclass
class StaffClient:
    """Sends requests of staff to the API, and reads what is behind it."""

    http: httpx.AsyncClient
    pool: asyncpg.Pool
    found: Connections
    temporal: "SwitchedTemporal"
    inbox: PostgresInbox
    tokens: KnownTokens
    keys: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def open_case(self, area: str = AREA, phone: str = "", **request: Any) -> str:
        """The reference of a case that has just been opened; with a `phone` the victim wants to be rung up."""
        fields = {
            "area": area,
            "initiated_by": "victim",
            "takes_part_as": "direct_victim",
            "offender_age_group": "adult",
        }
        row = read_row(
            {
                "source_id": uuid.uuid4().hex,
                "request": {**fields, "contact": "phone" if phone else "none", **request},
                "victim": {"name": "Wilhelmina Ashdown", "phone": phone},
            }
        )
        assert isinstance(row, RequestRow)
        chance = random.SystemRandom()
        accepted = await store_request(self.inbox, TOKEN_KEY, "import:test", row, chance, ref=new_ref(chance))
        while await self.pool.fetchval("select version from cases where ref = $1", accepted.ref) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return accepted.ref

    def headers(self, who: Person = CASEWORKER) -> dict[str, str]:
        """The headers of a command by `who`."""
        return {**shows(who), "idempotency-key": f"key-{next(self.keys)}"}

    async def wait_for_version(self, ref: str, version: int) -> dict[str, Any]:
        """The case as soon as its file has the entry `version`."""
        while await self.pool.fetchval("select version from cases where ref = $1", ref) < version:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        found: dict[str, Any] = (await self.get(f"/api/v1/cases/{ref}")).json()
        return found

    async def enter(self, *accounts: str) -> None:
        """Have caseworkers of all areas in the register of staff."""
        for account in accounts:
            await self.pool.execute(_MEMBER, account)

    async def get(self, path: str, who: Person = CASEWORKER, **headers: str) -> httpx.Response:
        sent = {**shows(who), **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self.http.get(path, headers=sent)

    async def post(
        self, path: str, body: object, who: Person = CASEWORKER, *, key: str = "", if_match: str = "*"
    ) -> httpx.Response:
        headers = {**shows(who), "if-match": if_match, "idempotency-key": key or f"key-{next(self.keys)}"}
        return await self.http.post(
            path, json=body, headers={name: header for name, header in headers.items() if header}
        )

    async def record(self, ref: str, event: str, who: Person = CASEWORKER, **more: Any) -> httpx.Response:
        """Record an event; `data`, `note` and `on_behalf_of` are the body's, `key` and `if_match` the headers'."""
        headers = {name: more.pop(name) for name in ("key", "if_match") if name in more}
        return await self.post(f"/api/v1/cases/{ref}/events", {"event": event, **more}, who, **headers)


@dataclass
class SwitchedTemporal:
    """Implements `ports.cases.Cases` by a client that tests replace."""

    client: Client

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        return await TemporalCases(self.client).record_event(ref, record)


def problem(answer: httpx.Response, code: Code) -> dict[str, Any]:
    """The problem that `answer` is."""
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found.get("code")) == (int(PROBLEMS[code][0]), code), answer.text
    return found


@pytest.fixture(scope="session")
async def staff_pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to a database for all tests of staff: each has cases of its own."""
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn:
        pool = await open_pool(dsn)
        yield pool
        pool.terminate()


@pytest.fixture(scope="session")
async def staff(staff_pool: asyncpg.Pool, temporal: TemporalServer) -> AsyncIterator[StaffClient]:
    """The staff, with a worker and the delivery behind it."""
    async with staff_client(staff_pool, temporal) as staff:
        yield staff


@asynccontextmanager
async def staff_client(staff_pool: asyncpg.Pool, temporal: TemporalServer) -> AsyncIterator[StaffClient]:
    """The API on this database and this Temporal, with a worker and the delivery."""
    task_queue = f"staff-{uuid.uuid4().hex}"
    client = await Client.connect(temporal.address, plugins=[SHARED])
    for area in (AREA, ELSEWHERE):
        await enter_agencies_asked_by_hand(staff_pool, area)
    found = Connections(pool=staff_pool, client=client)
    inbox, tokens = PostgresInbox(staff_pool), KnownTokens()
    delivery = Delivery(inbox, client, task_queue, lambda: REAL_TIME, PostgresPolicies(staff_pool), TOKEN_KEY)

    settings = Settings(token_key=TOKEN_KEY_SETTING, database_url=SecretStr("postgresql://unused"))
    needs, switched = create_dependencies(found, settings), SwitchedTemporal(client)
    staff_services = replace(needs.staff, context=replace(needs.staff.context, cases=switched))
    needs = replace(
        needs,
        staff=staff_services,
        public_url="https://casework.example",
        identities=tokens,
        receipts_token="notify",
        victim_contact=VICTIM_CONTACT,
    )
    async with (
        open_channels(settings, staff_pool) as channel,
        build_worker(client, staff_pool, channel, task_queue),
        serve_app(create_app(needs)) as address,
        httpx.AsyncClient(base_url=address, timeout=30) as http,
    ):
        delivering = asyncio.create_task(delivery.run())
        staff = StaffClient(http, staff_pool, found, switched, inbox, tokens)
        await staff.enter(*COLLEAGUES)
        yield staff
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering
