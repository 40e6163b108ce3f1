"""The register of staff over HTTP: who keeps it, who reads it, and what it says about each person."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from adapters.connections import Connections
from adapters.postgres.case_file import PostgresCaseFile
from api.app import create_app
from api.pagination import encode_cursor
from api.problems import Code
from api_dependencies import create_dependencies
from domain.people import Person, StaffRole
from ports.staff import MemberFilters
from settings import Settings
from tests.adapters.batches import OTHER_REF, REF, create_batch
from tests.adapters.notifications.database import shared_database
from tests.agencies import enter_agencies_asked_by_hand
from tests.api import people
from tests.api.admin import AdminClient
from tests.api.people import KnownTokens, person, shows
from tests.connections import connect_to, unreachable
from tests.serving import serve_app
from tests.token_keys import TOKEN_KEY_SETTING

pytestmark = pytest.mark.postgres

STAFF = "/api/v1/staff"
WEBB: dict[str, Any] = {
    "id": "d.webb",
    "roles": ["caseworker"],
    "areas": ["eastmoor"],
    "email": "d.webb@service.example",
}
SETTINGS = Settings(token_key=TOKEN_KEY_SETTING, database_url=SecretStr("postgresql://unused"))
LOCAL = person("t.ito", StaffRole.SUPERVISOR, areas=("westhaven",))
LOSE_RESPONSE = """
update idempotency_keys set status = null, headers = null, body = null, claimed_until = null where key = $1
"""
PLACES = (("GET", STAFF), ("GET", f"{STAFF}/d.webb"), ("POST", STAFF), ("PATCH", f"{STAFF}/d.webb"))


@pytest.fixture(scope="module")
async def shared_service(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[tuple[AdminClient, Connections]]:
    tokens = KnownTokens()
    tokens.people[LOCAL.id] = LOCAL
    async with shared_database(postgres_dsn) as (_, pool):
        found = await connect_to(pool)
        for area in ("eastmoor", "westhaven"):
            await enter_agencies_asked_by_hand(pool, area)
        parts = replace(create_dependencies(found, SETTINGS), identities=tokens)
        async with serve_app(create_app(parts)) as address, httpx.AsyncClient(base_url=address) as http:
            yield AdminClient(http), found


@pytest.fixture
async def admin(shared_service: tuple[AdminClient, Connections]) -> AdminClient:
    """An admin, and an empty register."""
    await shared_service[1].pool.execute("delete from staff")
    return shared_service[0]


async def test_somebody_is_entered_read_changed_and_kept_out(admin: AdminClient) -> None:
    added = await admin.ask("POST", STAFF, 201, WEBB)
    defaults: dict[str, Any] = {
        "active": True,
        "accredited_until": None,
        "specialist_in": [],
        "languages": [],
        "co_facilitators": [],
        "cases": 0,
        "name": "",
        "phone": "",
        "seen_at": None,
    }
    assert added == WEBB | defaults | {"entered_by": "staff:o.haddad"}
    changed = await admin.ask("PATCH", f"{STAFF}/d.webb", 200, {"areas": ["*"], "email": ""})
    assert changed == added | {"areas": ["*"], "email": ""}
    assert await admin.ask("PATCH", f"{STAFF}/d.webb", 200, {}) == changed
    assert (await admin.ask("PATCH", f"{STAFF}/d.webb", 200, {"active": False}))["active"] is False
    assert await admin.ask("GET", STAFF, 200) == {"staff": [], "next": None}
    assert await admin.ask("GET", f"{STAFF}?active=false", 200) == {
        "staff": [changed | {"active": False}],
        "next": None,
    }
    assert (await admin.ask("PATCH", f"{STAFF}/d.webb", 200, {"active": True})) == changed
    facilitates = {"accredited_until": "2028-03-31", "specialist_in": ["stalking"]}
    assert (await admin.ask("PATCH", f"{STAFF}/d.webb", 200, facilitates)) == changed | facilitates
    assert (await admin.ask("PATCH", f"{STAFF}/d.webb", 200, {"accredited_until": None})) == changed


async def test_an_account_is_entered_once(admin: AdminClient) -> None:
    await admin.ask("POST", STAFF, 201, WEBB)
    await admin.get_problem("POST", STAFF, Code.MEMBER_EXISTS, WEBB)


async def test_who_asks_again_under_a_key_enters_nobody_twice_and_nobody_is_kept_there(
    admin: AdminClient, shared_service: tuple[AdminClient, Connections]
) -> None:
    first, again = [await admin.send("POST", STAFF, WEBB, key="enter-webb") for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, Code.ALREADY_DONE)
    assert first.headers["location"] == f"{STAFF}/d.webb"
    kept = await shared_service[1].pool.fetchval("select string_agg(body, ' ') from idempotency_keys")
    assert WEBB["email"] not in kept
    answer = await admin.http.post(STAFF, json=WEBB, headers=shows(people.ADMIN))
    assert answer.json()["code"] == Code.KEY_MISSING


async def test_who_asks_again_where_the_answer_was_lost_before_it_was_kept_is_told_that_they_are_entered(
    admin: AdminClient, shared_service: tuple[AdminClient, Connections]
) -> None:
    first = await admin.send("POST", STAFF, WEBB, key="enter-lost")
    await shared_service[1].pool.execute(LOSE_RESPONSE, "enter-lost")
    again = await admin.send("POST", STAFF, WEBB, key="enter-lost")
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, Code.ALREADY_DONE)
    another = await admin.send("POST", STAFF, WEBB, key="enter-another")
    assert (another.status_code, another.json()["code"]) == (409, Code.MEMBER_EXISTS)


async def test_who_asks_again_while_the_first_is_under_way_is_told_what_the_first_was(admin: AdminClient) -> None:
    answers = await asyncio.gather(*(admin.send("POST", STAFF, WEBB, key="enter-webb-at-once") for _ in range(12)))
    codes = sorted((answer.status_code, answer.json().get("code")) for answer in answers)
    assert codes == [(201, None), *[(409, Code.ALREADY_DONE)] * 11]


@pytest.mark.parametrize(
    ("changes", "code", "begins"),
    [
        ({"id": "d webb"}, Code.INVALID, "id: "),
        ({"id": "\x1b"}, Code.INVALID, "id: "),
        ({"roles": []}, Code.INVALID, "roles: "),
        ({"roles": ["zebra"]}, Code.INVALID, "roles: "),
        ({"areas": ["Zebra Moor"]}, Code.INVALID, "areas: "),
        ({"areas": ["\x1b"]}, Code.INVALID, "areas: "),
        ({"email": "zebra"}, Code.INVALID, "email: "),
        ({"accredited_until": "2028-03-31", "specialist_in": ["zebra"]}, Code.INVALID, "specialist_in: of "),
        ({"specialist_in": ["stalking"]}, Code.INVALID, "specialist_in: only for facilitators"),
        ({"email": "a@\x1b"}, Code.INVALID, "email: "),
        ({"email": None}, Code.UNREADABLE, "email: "),
        ({"zebra": 1}, Code.UNKNOWN_FIELD, "a field: "),
    ],
)
async def test_what_the_register_cannot_hold_is_refused(
    admin: AdminClient, changes: dict[str, Any], code: Code, begins: str
) -> None:
    said = await admin.get_problem("POST", STAFF, code, WEBB | changes)
    assert said.startswith(begins)
    assert "zebra" not in said.lower()


@pytest.mark.parametrize("id", ["nobody", "no%00body", "%20"])
async def test_an_account_that_there_is_not_is_unknown(admin: AdminClient, id: str) -> None:
    await admin.get_problem("GET", f"{STAFF}/{id}", Code.UNKNOWN_MEMBER)
    await admin.get_problem("PATCH", f"{STAFF}/{id}", Code.UNKNOWN_MEMBER, {"email": ""})


async def test_a_long_register_is_read_part_by_part_and_each_sees_theirs(admin: AdminClient) -> None:
    ids = [f"p.{n:02}" for n in range(12)]
    for number, id in enumerate(ids):
        areas = [("eastmoor", "westhaven")[number % 2]]
        await admin.ask("POST", STAFF, 201, WEBB | {"id": id, "areas": areas})
    for who, theirs in ((people.ADMIN, ids), (people.SUPERVISOR, ids), (LOCAL, ids[1::2])):
        reader, seen, path = replace(admin, who=who), [], f"{STAFF}?limit=4"
        part = await reader.ask("GET", path, 200)
        while part["next"] is not None:
            seen += part["staff"]
            part = await reader.ask("GET", f"{path}&cursor={part['next']}", 200)
        seen += part["staff"]
        assert [member["id"] for member in seen] == theirs


@pytest.mark.parametrize("id", ["no id", "", "a\0"])
async def test_a_place_in_the_register_that_somebody_made_up_is_refused(admin: AdminClient, id: str) -> None:
    forged = encode_cursor({"staff": MemberFilters()}, (id,))
    await admin.get_problem("GET", f"{STAFF}?cursor={forged}", Code.BAD_CURSOR)
    good = encode_cursor({"staff": MemberFilters()}, ("d.webb",))
    await admin.get_problem("GET", f"{STAFF}?role=admin&cursor={good}", Code.BAD_CURSOR)


async def test_people_are_listed_by_role_and_area(admin: AdminClient) -> None:
    for changes in (
        {},
        {"id": "e.ruiz", "areas": ["*"]},
        {"id": "f.kaya", "roles": ["auditor"]},
        {"id": "g.novak", "areas": []},
    ):
        await admin.ask("POST", STAFF, 201, WEBB | changes)

    async def list_ids(query: str, who: Person = people.ADMIN) -> list[str]:
        found = await replace(admin, who=who).ask("GET", f"{STAFF}?{query}", 200)
        return [member["id"] for member in found["staff"]]

    assert await list_ids("") == ["d.webb", "e.ruiz", "f.kaya", "g.novak"]
    assert await list_ids("role=caseworker&area=eastmoor") == ["d.webb", "e.ruiz"]
    assert await list_ids("area=westhaven") == ["e.ruiz"]
    assert await list_ids("", people.SUPERVISOR) == ["d.webb", "e.ruiz", "f.kaya", "g.novak"]
    assert await list_ids("", LOCAL) == ["e.ruiz"], "a supervisor of one area sees who works there"
    await replace(admin, who=LOCAL).get_problem("GET", f"{STAFF}/d.webb", Code.UNKNOWN_MEMBER)
    await admin.get_problem("GET", f"{STAFF}?role=zebra", Code.BAD_REQUEST)


async def test_facilitators_are_listed_with_what_a_case_needs(
    admin: AdminClient, shared_service: tuple[AdminClient, Connections]
) -> None:
    """5.2: accreditation until, specialist in, languages, co-facilitators, how many cases."""
    facilitates = {"accredited_until": "2028-03-31", "specialist_in": ["stalking"], "languages": ["pl", "cy"]}
    await admin.ask("POST", STAFF, 201, WEBB)
    osei = await admin.ask("POST", STAFF, 201, WEBB | {"id": "f.osei", **facilitates, "co_facilitators": ["d.webb"]})
    assert (osei["languages"], osei["co_facilitators"], osei["cases"]) == (["cy", "pl"], ["d.webb"], 0)
    await admin.ask("POST", STAFF, 201, WEBB | {"id": "g.novak", "accredited_until": "2027-01-31"})
    facilitated = {"facilitator": {"id": "f.osei", "active": True}}
    for ref in (REF, OTHER_REF):
        ended = {"stage": "declined", "step": "closed", "ended_on": date(2026, 3, 3)} if ref == OTHER_REF else {}
        await PostgresCaseFile(shared_service[1].pool).write(
            create_batch(1, ref=ref, state=facilitated, waits=(), **ended)
        )
        listed = await replace(admin, who=people.SUPERVISOR).ask("GET", f"{STAFF}?facilitator=true", 200)
        counted = {member["id"]: member["cases"] for member in listed["staff"]}
        assert counted == {"f.osei": 1, "g.novak": 0}, "an ended case is not counted"
    for query, ids in (
        ("specialist_in=stalking", ["f.osei"]),
        ("language=cy", ["f.osei"]),
        ("facilitator=true&specialist_in=sexual_harm", []),
        ("facilitator=false", ["d.webb"]),
    ):
        assert [member["id"] for member in (await admin.ask("GET", f"{STAFF}?{query}", 200))["staff"]] == ids, query
    exported = await admin.http.get(f"{STAFF}?facilitator=true&format=csv", headers=shows(people.ADMIN))
    heading, first, _ = exported.text.splitlines()
    assert heading == ("Account,Roles,Areas,Accredited until,Specialist in,Languages,Co-facilitators,Open cases,Active")
    assert first == "f.osei,caseworker,eastmoor,2028-03-31,stalking,cy pl,d.webb,1,True"


async def test_a_co_facilitator_is_a_colleague(admin: AdminClient) -> None:
    await admin.ask("POST", STAFF, 201, WEBB)
    body = {"co_facilitators": ["d.web"]}
    await admin.ask("POST", STAFF, 201, WEBB | {"id": "g.novak"})
    answer = await admin.http.patch(f"{STAFF}/g.novak", json=body, headers=shows(people.ADMIN))
    assert (answer.json()["code"], answer.json()["near"]) == (Code.UNKNOWN_MEMBER, ["d.webb"])
    changed = await admin.ask("PATCH", f"{STAFF}/g.novak", 200, {"co_facilitators": ["d.webb"]})
    assert changed["co_facilitators"] == ["d.webb"]
    said = await admin.get_problem("PATCH", f"{STAFF}/d.webb", Code.INVALID, {"co_facilitators": ["d.webb"]})
    assert said == "co_facilitators: somebody else"
    said = await admin.get_problem("PATCH", f"{STAFF}/d.webb", Code.INVALID, {"languages": ["Welsh"]})
    assert said.startswith("languages: ISO 639 codes")


@pytest.mark.parametrize(("method", "path"), PLACES)
async def test_admins_keep_it_and_supervisors_read_it(admin: AdminClient, method: str, path: str) -> None:
    async def code(headers: dict[str, str]) -> str:
        answer = await admin.http.request(method, path, headers=headers, json={} if method != "GET" else None)
        return str(answer.json().get("code", ""))

    assert await code({}) == Code.TOKEN_MISSING
    assert await code(shows(people.GONE)) == Code.DEACTIVATED
    for who in (people.CASEWORKER, people.AUDITOR, people.NOBODY):
        assert await code(shows(who)) == Code.WRONG_ROLE
    assert (await code(shows(people.SUPERVISOR)) == Code.WRONG_ROLE) == (method != "GET")
    assert await code(shows(people.ADMIN)) != Code.WRONG_ROLE


async def test_an_unavailable_database_is_reported(
    shared_service: tuple[AdminClient, Connections],
) -> None:
    away = await unreachable()
    parts = replace(create_dependencies(away, SETTINGS), identities=KnownTokens())
    async with serve_app(create_app(parts)) as address, httpx.AsyncClient(base_url=address) as http:
        await AdminClient(http).get_problem("GET", STAFF, Code.DATABASE_UNAVAILABLE)
        await AdminClient(http).get_problem("POST", STAFF, Code.DATABASE_UNAVAILABLE, WEBB)


async def test_the_documentation_describes_each_address(admin: AdminClient) -> None:
    document = (await admin.http.get("/openapi.json")).json()
    for method, path in PLACES:
        operation = document["paths"][path.replace("/d.webb", "/{member}")][method.lower()]
        assert operation["security"] == [{"staff": []}]
        assert {"401", "403", "503"} <= set(operation["responses"])
    assert "supervisor" in json.dumps(document["components"]["schemas"]["NewMember"])
