"""Whatever is sent to whatever address, by whomever: no fault of ours, and no answer that the document has not."""

import asyncio
import itertools
import re
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import sampled_from
from pydantic import SecretStr
from schemathesis import checks
from schemathesis.core.result import Ok

from api.app import create_app
from api.problems import Code
from api_dependencies import create_dependencies
from domain.people import Person, StaffRole
from settings import Settings
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, EVERYBODY, SUPERVISOR, KnownTokens, person, shows
from tests.serving import serve_app
from tests.token_keys import TOKEN_KEY_SETTING

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
LEFT_OUT: dict[str, str] = {}
"""Operations that are not tried, by method and address, each with why."""
SHORT, LONG = 3, 40
LOCAL = tuple(
    person(f"l.{role}", role, areas=(AREA,)) for role in (StaffRole.CASEWORKER, StaffRole.SUPERVISOR, StaffRole.AUDITOR)
)
"""Who sees one area; admins see no cases anywhere."""


@pytest.fixture(scope="module")
async def whole_api(staff: StaffClient) -> AsyncIterator[str]:
    """The address of the application with all that it has, on the database and the Temporal of the staff's staff."""
    settings = Settings(
        token_key=TOKEN_KEY_SETTING,
        database_url=SecretStr("postgresql://unused"),
        notify_callback_token=SecretStr("a-token-of-notify-for-tests"),
    )
    tokens, stopping = KnownTokens(), asyncio.Event()
    tokens.people |= {person.id: person for person in LOCAL}
    # A stream would go on for a quarter of an hour; of a server that stops it ends as soon as it has begun.
    stopping.set()
    parts = replace(create_dependencies(staff.found, settings), identities=tokens, stopping=stopping)
    async with serve_app(create_app(parts)) as address:
        yield address


async def document(address: str) -> dict[str, Any]:
    """The description of the application."""
    async with httpx.AsyncClient(base_url=address) as http:
        read: dict[str, Any] = (await http.get("/openapi.json")).json()
    return read


async def operations(address: str) -> list[Any]:
    """Every operation of the document that is tried: none is passed over because it cannot be read."""
    described = await document(address)
    there = {f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods}
    results = list(schemathesis.openapi.from_dict(described).get_all_operations())
    read = [result.ok() for result in results if isinstance(result, Ok)]
    found = {f"{operation.method.upper()} {operation.path}": operation for operation in read}
    assert len(results) == len(found)
    assert found.keys() == there
    assert LEFT_OUT.keys() <= there
    return [operation for name, operation in found.items() if name not in LEFT_OUT]


@dataclass(frozen=True)
class Try:
    """Who tries, where, and which cases there are, in their area and elsewhere."""

    who: Person
    address: str
    here: str
    there: str

    def of(self, operation: Any, examples: int) -> None:
        """Try the operation with so many made-up requests, two of three of a case that there is, with good headers."""

        @given(case=operation.as_strategy(), ref=sampled_from([self.here, self.there, None]))
        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def check(case: Any, ref: str | None) -> None:
            sent = shows(self.who)
            if ref is not None:
                sent |= {"idempotency-key": uuid.uuid4().hex, "if-match": "*"}
                if "ref" in (case.path_parameters or {}):
                    case.path_parameters["ref"] = ref
            # On a machine that falls behind, something may be unavailable for a moment: the answer says to try again.
            while (answer := case.call(self.address, headers=sent)).status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                time.sleep(0.5)
            case.validate_response(answer, CHECKS, headers=sent)
            assert self.who.may_see(ELSEWHERE) or self.there not in answer.text

        check()


def everybody() -> Iterator[Any]:
    """Every role, and who has none; and every role that sees cases, in one area."""
    for who in (*EVERYBODY, *LOCAL):
        name = f"{next(iter(who.roles), 'nobody')}{' of one area' if who in LOCAL else ''}"
        yield pytest.param(who, SHORT, id=f"{name}, short")
        yield pytest.param(who, LONG, id=f"{name}, long", marks=pytest.mark.long)


@pytest.mark.parametrize(("who", "examples"), list(everybody()))
async def test_no_request_finds_a_fault_or_an_undocumented_answer(
    staff: StaffClient, whole_api: str, who: Any, examples: int
) -> None:
    trying = Try(who, whole_api, await staff.open_case(), await staff.open_case(ELSEWHERE))
    for operation in await operations(whole_api):
        await asyncio.to_thread(trying.of, operation, examples)


async def test_whatever_is_asked_of_a_case_of_another_area_is_refused(staff: StaffClient, whole_api: str) -> None:
    there, asked = await staff.open_case(ELSEWHERE), 0
    described = await document(whole_api)
    async with httpx.AsyncClient(base_url=whole_api) as http:
        for path, methods in described["paths"].items():
            for (method, operation), who in itertools.product(methods.items() if "{ref}" in path else (), LOCAL):
                headers = {**shows(who), "idempotency-key": uuid.uuid4().hex, "if-match": "*"}
                body = readable(described, operation)
                answer = await http.request(method, path.format(ref=there), headers=headers, json=body)
                may = method == "get" or who.records_as is not None
                if path.endswith("/seen"):
                    may = True
                if path.endswith("/correction"):
                    may = StaffRole.SUPERVISOR in who.roles
                problem(answer, Code.WRONG_AREA if may else Code.WRONG_ROLE)
                asked += 1
    assert asked > 20


@pytest.mark.parametrize("who", [SUPERVISOR, ADMIN])
async def test_an_address_with_what_no_database_takes_for_a_text_is_no_fault_of_ours(
    staff: StaffClient, whole_api: str, who: Person
) -> None:
    described, problems = await document(whole_api), Counter[str]()
    async with httpx.AsyncClient(base_url=whole_api) as http:
        for path, methods in described["paths"].items():
            for method, operation in methods.items() if "{" in path else ():
                address = re.sub(r"\{\w+\}", "no%00text", path)
                headers = {**shows(who), "idempotency-key": uuid.uuid4().hex, "if-match": "*"}
                answer = await http.request(method, address, headers=headers, json=readable(described, operation))
                problems[answer.json()["code"]] += 1
                # A message of the inbox is named by a number, and an area by a code of a set form.
                has_form = "{message}" in path or "{area}" in path
                assert has_form or answer.json()["code"] != Code.BAD_REQUEST, path
    # Who may do it has the body read to the end: there is nothing of that name.
    unknown = sum(count for code, count in problems.items() if code.startswith("unknown_"))
    assert problems.total() == unknown + problems[Code.WRONG_ROLE] + problems[Code.BAD_REQUEST]
    assert (problems.total() > 15, unknown > 8) == (True, True)


def readable(described: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any] | None:
    """A body that the operation can read, of the document's own examples; None: it takes none."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    schema = content["application/json"]["schema"]
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {name: field["examples"][0] for name, field in schema["properties"].items() if "examples" in field}
