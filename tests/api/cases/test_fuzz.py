"""Whatever is sent to whatever address, by whomever: no fault of ours, and no answer that the document has not."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from pydantic import SecretStr
from schemathesis import checks
from schemathesis.core.result import Ok

from api.app import create_app
from config import Settings
from server import _all_parts
from tests.api.cases.conftest import StaffDoor
from tests.api.people import EVERYBODY, KnownTokens, shows
from tests.serving import served

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ENDLESS = "/api/v1/changes"
"""A stream that goes on for a quarter of an hour has tests of its own."""
SHORT, LONG = 3, 40


@pytest.fixture(scope="module")
async def whole_door(staff_door: StaffDoor) -> AsyncIterator[str]:
    """The address of the application with all that it has, on the database and the Temporal of the staff's door."""
    settings = Settings(
        database_url=SecretStr("postgresql://unused"), notify_callback_token=SecretStr("a-token-of-notify-for-tests")
    )
    parts = _all_parts(staff_door.found, settings, KnownTokens())
    async with served(create_app(parts)) as address:
        yield address


async def operations(address: str) -> list[Any]:
    """Every operation of the document but the endless one."""
    async with httpx.AsyncClient(base_url=address) as http:
        document = (await http.get("/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(document)
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return [operation for operation in found if operation.path != ENDLESS]


def tries(operation: Any, address: str, headers: dict[str, str], ref: str, examples: int) -> None:
    """Try the operation with so many made-up requests, half of them of a case that there is, with good headers."""

    @given(case=operation.as_strategy(), is_real=booleans())
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def check(case: Any, is_real: bool) -> None:
        sent = dict(headers)
        if is_real:
            sent |= {"idempotency-key": uuid.uuid4().hex, "if-match": "*"}
            if "ref" in (case.path_parameters or {}):
                case.path_parameters["ref"] = ref
        case.call_and_validate(base_url=address, headers=sent, checks=CHECKS)

    check()


def everybody() -> Iterator[Any]:
    """Every role, and who has none."""
    for who in EVERYBODY:
        role = next(iter(who.roles), "nobody")
        yield pytest.param(who, SHORT, id=f"{role}, short")
        marks = [pytest.mark.long, pytest.mark.timeout(900)]
        yield pytest.param(who, LONG, id=f"{role}, long", marks=marks)


@pytest.mark.parametrize(("who", "examples"), list(everybody()))
async def test_no_request_finds_a_fault_or_an_undocumented_answer(
    staff_door: StaffDoor, whole_door: str, who: Any, examples: int
) -> None:
    ref = await staff_door.opened()
    for operation in await operations(whole_door):
        await asyncio.to_thread(tries, operation, whole_door, shows(who), ref, examples)
