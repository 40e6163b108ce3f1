"""The directory managed over HTTP: by admins, by the rules of the command line, and no key is shown twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.channels import http, relay
from adapters.channels.hmpps import channel
from adapters.connections import Connections
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.idempotency import PostgresIdempotencyStore
from adapters.postgres.pool import open_pool
from api.app import create_app
from api.idempotency import CLAIM_SECONDS
from api.pagination import encode_cursor
from api.problems import Code
from api.routes.agencies import STORE_SECONDS
from api_dependencies import create_dependencies
from devstack.processes import free_port
from domain.people import Person, StaffRole
from ports.agency_views import AgencyFilters
from settings import Settings
from tests.api import people
from tests.api.admin import AGENCIES, COURT, PROBATION, AdminClient
from tests.api.people import EVERYBODY, KnownTokens, person, shows
from tests.conftest import TEMPLATE, empty_database, fresh_database
from tests.connections import connect_to, unreachable
from tests.serving import as_json, serve_app, sign_headers
from tests.token_keys import TOKEN_KEY_SETTING

pytestmark = pytest.mark.postgres

SHOWN = {**PROBATION, "active": True, "pauses": []}
LOSE_RESPONSE = """
update idempotency_keys set status = null, headers = null, body = null, claimed_until = null where key = $1
"""
PLACES = (
    ("GET", AGENCIES),
    ("POST", AGENCIES),
    ("GET", f"{AGENCIES}/courts"),
    ("PATCH", f"{AGENCIES}/courts"),
    ("POST", f"{AGENCIES}/courts/keys"),
    ("POST", f"{AGENCIES}/courts/ping"),
    ("POST", f"{AGENCIES}/courts/pause"),
    ("POST", f"{AGENCIES}/courts/resume"),
    ("POST", "/api/v1/asks/pause"),
    ("POST", "/api/v1/asks/resume"),
)


@asynccontextmanager
async def service(connections: Connections, tokens: KnownTokens | None) -> AsyncIterator[AdminClient]:
    """The server's application, made as the server makes it but for the issuer."""
    settings = Settings(
        token_key=TOKEN_KEY_SETTING, database_url=SecretStr("postgresql://unused"), allowed_networks=("127.0.0.0/8",)
    )
    needs = replace(
        create_dependencies(connections, settings), public_url="https://casework.example", identities=tokens
    )
    async with serve_app(create_app(needs)) as address, httpx.AsyncClient(base_url=address) as http:
        yield AdminClient(http)


@pytest.fixture(scope="module")
async def connections(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[Connections]:
    """A database for this file alone."""
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn, await open_pool(dsn) as pool:
        yield await connect_to(pool)


@pytest.fixture(scope="module")
async def shared_admin(connections: Connections) -> AsyncIterator[AdminClient]:
    async with service(connections, KnownTokens()) as admin:
        yield admin


@pytest.fixture
async def admin(connections: Connections, shared_admin: AdminClient) -> AsyncIterator[AdminClient]:
    """An admin, and an empty directory."""
    yield shared_admin
    await empty_database(connections.pool)


async def test_an_agency_is_entered_with_keys_that_no_later_answer_shows(admin: AdminClient) -> None:
    added = await admin.ask("POST", "", 201, PROBATION)
    keys = added["keys"]
    assert {name: added["agency"][name] for name in SHOWN} == SHOWN
    assert [len(added["agency"][side]) for side in ("theirs", "ours")] == [1, 1]
    assert all(key.startswith("whsec_") for key in keys.values())

    later = [
        await admin.ask("GET", "", 200),
        await admin.ask("GET", PROBATION["id"], 200),
        await admin.ask("PATCH", PROBATION["id"], 200, {"contact": ""}),
        await admin.ask("POST", f"{PROBATION['id']}/pause", 200),
    ]
    assert "whsec_" not in json.dumps(later)
    assert later[0]["agencies"] == [added["agency"]] == [later[1]]


async def test_the_keys_handed_over_work(admin: AdminClient) -> None:
    keys = (await admin.ask("POST", "", 201, PROBATION))["keys"]
    body = as_json({"case": "RJ-7Q2K-9F3M", "event": "offender_approached"})
    endpoint = f"/webhooks/agencies/{PROBATION['id']}"
    answer = await admin.http.post(endpoint, content=body, headers=sign_headers(keys["theirs"], "m-1", body))
    assert answer.status_code == 202
    answer = await admin.http.post(endpoint, content=body, headers=sign_headers(keys["ours"], "m-2", body))
    assert answer.status_code == 401


async def test_what_the_directory_cannot_hold_is_refused_with_a_sentence_for_each_error(admin: AdminClient) -> None:
    detail = await admin.get_problem(
        "POST", "", Code.INVALID, {**PROBATION, "kind": "fire_brigade", "address": "zebra"}
    )
    assert detail.startswith("kind: one of vlo, probation")
    assert "; address: a URL" in detail
    assert "zebra" not in detail
    assert await admin.ask("GET", "", 200) == {"agencies": [], "next": None}


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        ({"id": "courts", "kind": "court"}, Code.MISSING_FIELD, "name: Field required"),
        (COURT | {"zebra": 1}, Code.UNKNOWN_FIELD, "a field: Extra inputs"),
        (COURT | {"questions": "trace"}, Code.UNREADABLE, "questions: Input should be"),
        (COURT | {"area": None}, Code.UNREADABLE, "area: Input should be"),
        ([], Code.NOT_JSON, "the body is not a JSON object"),
        (COURT | {"name": "a" * 70_000}, Code.BODY_TOO_LARGE, "at most 65536 bytes"),
    ],
)
async def test_a_body_that_is_none_is_refused_by_field(
    admin: AdminClient, body: object, code: Code, detail: str
) -> None:
    said = await admin.get_problem("POST", "", code, body)
    assert said.startswith(detail)
    assert "zebra" not in said


async def test_an_id_is_entered_once(admin: AdminClient) -> None:
    await admin.ask("POST", "", 201, COURT)
    assert (await admin.get_problem("POST", "", Code.AGENCY_EXISTS, PROBATION | {"id": "courts"})).startswith("id: ")
    await admin.ask("PATCH", "courts", 200, {"active": False})
    await admin.get_problem("POST", "", Code.AGENCY_EXISTS, COURT)


async def test_a_patch_changes_what_it_names_and_nothing_else(admin: AdminClient) -> None:
    before = (await admin.ask("POST", "", 201, PROBATION))["agency"]
    after = await admin.ask("PATCH", before["id"], 200, {"works_on": "tue,wed", "questions": []})
    assert after == before | {"works_on": "tue,wed", "questions": []}
    assert await admin.ask("PATCH", before["id"], 200, {}) == after
    by_mail = await admin.ask("PATCH", before["id"], 200, {"channel": "email", "address": "asks@probation.example"})
    assert by_mail == after | {"channel": "email", "address": "asks@probation.example"}
    assert "address: one mail" in await admin.get_problem("PATCH", before["id"], Code.INVALID, {"address": "nowhere"})
    assert await admin.ask("GET", before["id"], 200) == by_mail


async def test_a_long_directory_is_read_part_by_part_without_gap_or_double(admin: AdminClient) -> None:
    kinds, areas = ("probation", "prison"), ("", "eastmoor", "westhaven")
    places = [(area, kind, f"{kind}-{n}{area}") for area in areas for kind in kinds for n in range(2)]
    for area, kind, id in places:
        await admin.ask("POST", "", 201, COURT | {"id": id, "kind": kind, "area": area})
    seen, path = [], f"{AGENCIES}?limit=5"
    part = await admin.ask("GET", path, 200)
    while part["next"] is not None:
        seen += part["agencies"]
        part = await admin.ask("GET", f"{path}&cursor={part['next']}", 200)
    seen += part["agencies"]
    assert [(agency["area"], agency["kind"], agency["id"]) for agency in seen] == sorted(places)
    whole = await admin.ask("GET", f"{AGENCIES}?limit=200", 200)
    assert (whole["agencies"], whole["next"]) == (seen, None)


@pytest.mark.parametrize(
    "place",
    [("", "court", "no id"), ("", "fire_brigade", "courts"), ("East Moor", "court", "courts"), ("", "court", "a\0")],
)
async def test_a_place_in_the_directory_that_somebody_made_up_is_refused(
    admin: AdminClient, place: tuple[str, str, str]
) -> None:
    forged = encode_cursor({"agencies": AgencyFilters()}, place)
    await admin.get_problem("GET", f"{AGENCIES}?cursor={forged}", Code.BAD_CURSOR)
    await admin.get_problem("GET", f"{AGENCIES}?cursor=nonsense", Code.BAD_CURSOR)
    good = encode_cursor({"agencies": AgencyFilters()}, ("", "court", "courts"))
    await admin.get_problem("GET", f"{AGENCIES}?kind=court&cursor={good}", Code.BAD_CURSOR)


async def test_agencies_are_listed_by_what_they_are(admin: AdminClient) -> None:
    for agency in (PROBATION, COURT):
        await admin.ask("POST", "", 201, agency)
    await admin.ask("POST", "courts/pause", 200)

    async def list_ids(query: str) -> list[str]:
        return [agency["id"] for agency in (await admin.ask("GET", f"{AGENCIES}?{query}", 200))["agencies"]]

    assert await list_ids("") == ["courts", "eastmoor-probation"]
    assert await list_ids("kind=probation&channel=http&area=eastmoor") == ["eastmoor-probation"]
    assert await list_ids("area=") == await list_ids("paused=true") == ["courts"]
    await admin.ask("PATCH", "courts", 200, {"active": False})
    assert (await list_ids(""), await list_ids("active=false")) == (["eastmoor-probation"], ["courts"])
    for nonsense in ("kind=fire_brigade", "area=%00", "paused=perhaps"):
        await admin.get_problem("GET", f"{AGENCIES}?{nonsense}", Code.BAD_REQUEST)


async def test_a_new_key_of_ours_signs_together_with_the_older_one(
    admin: AdminClient, connections: Connections
) -> None:
    keys = (await admin.ask("POST", "", 201, PROBATION))["keys"]
    rotated = await admin.ask("POST", f"{PROBATION['id']}/keys", 201, {"side": "ours", "overlap_days": 2})
    agency = await PostgresDirectory(connections.pool).get_by_id(PROBATION["id"])
    assert agency is not None
    assert agency.our_keys == (rotated["key"], keys["ours"])
    shown = await admin.ask("GET", PROBATION["id"], 200)
    assert [key["until"] for key in shown["ours"]] == [None, rotated["older_until"]]

    last = await admin.ask("POST", f"{PROBATION['id']}/keys", 201, {"side": "ours", "overlap_days": 0})
    assert last["older_until"] is None
    for wrong in ({"side": "both"}, {"side": "ours", "overlap_days": -1}, {"side": "ours", "overlap_days": 1e300}):
        await admin.get_problem("POST", f"{PROBATION['id']}/keys", Code.UNREADABLE, wrong)


async def test_pausing_answers_which_agency_since_when_and_who_did_it(admin: AdminClient) -> None:
    await admin.ask("POST", "", 201, COURT)
    one = await admin.ask("POST", "courts/pause", 200)
    assert [(pause["agency"], pause["by"]) for pause in one["pauses"]] == [("courts", "staff:o.haddad")]
    everyone = await admin.ask("POST", "/api/v1/asks/pause", 200)
    assert [pause["agency"] for pause in everyone["pauses"]] == ["", "courts"]
    assert (await admin.ask("GET", "courts", 200))["pauses"] == everyone["pauses"]
    assert await admin.ask("POST", "/api/v1/asks/resume", 200) == {"agency": "", "pauses": one["pauses"]}
    assert await admin.ask("POST", "courts/resume", 200) == {"agency": "courts", "pauses": []}


@pytest.mark.parametrize("agency", ["nobody", "no%00body", "N"])
async def test_an_agency_that_there_is_not_is_unknown(admin: AdminClient, agency: str) -> None:
    for method, what, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Another"}),
        ("POST", "/keys", {"side": "ours"}),
        ("POST", "/ping", None),
        ("POST", "/pause", None),
        ("POST", "/resume", None),
    ):
        await admin.get_problem(method, agency + what, Code.UNKNOWN_AGENCY, body)


@pytest.mark.parametrize(("method", "path"), PLACES)
async def test_each_address_is_for_who_signs_in_with_the_right_role(admin: AdminClient, method: str, path: str) -> None:
    """And for nobody else a body is read."""

    async def get_error(headers: dict[str, str]) -> tuple[int, str]:
        answer = await admin.unread(method, path, headers)
        return answer.status_code, answer.json()["code"]

    assert await get_error({}) == (401, Code.TOKEN_MISSING)
    assert await get_error(shows("zebra")) == (401, Code.TOKEN_INVALID)
    assert await get_error(shows(people.GONE)) == (403, Code.DEACTIVATED)
    assert await get_error(shows(people.NOBODY)) == (403, Code.WRONG_ROLE)
    for who in (people.CASEWORKER, people.SUPERVISOR, people.AUDITOR):
        if method != "GET":
            assert await get_error(shows(who)) == (403, Code.WRONG_ROLE)


@pytest.mark.parametrize("who", [person for person in EVERYBODY if person.roles], ids=lambda who: sorted(who.roles)[0])
async def test_anybody_who_works_with_cases_may_look_up_contacts(admin: AdminClient, who: Person) -> None:
    entered = await admin.ask("POST", "", 201, PROBATION)
    reader = replace(admin, who=who)
    assert (await reader.ask("GET", "", 200))["agencies"] == [entered["agency"]]
    assert await reader.ask("GET", PROBATION["id"], 200) == entered["agency"]


async def test_what_is_posted_counts_once_for_each_key_and_no_key_of_an_agency_is_kept(
    admin: AdminClient, connections: Connections
) -> None:
    await admin.ask("POST", "", 201, PROBATION)
    keys, rested = f"{AGENCIES}/{PROBATION['id']}/keys", f"{AGENCIES}/{PROBATION['id']}/pause"
    first = await admin.send("POST", keys, {"side": "ours"}, key="rotate-1")
    again = await admin.send("POST", keys, {"side": "ours"}, key="rotate-1")
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, Code.ALREADY_DONE)
    assert len((await admin.ask("GET", PROBATION["id"], 200))["ours"]) == 2
    another = await admin.send("POST", keys, {"side": "theirs"}, key="rotate-1")
    assert another.json()["code"] == Code.KEY_REUSED

    paused = await admin.send("POST", rested, key="pause-1")
    await admin.ask("POST", f"{PROBATION['id']}/resume", 200)
    assert (await admin.send("POST", rested, key="pause-1")).json() == paused.json()
    assert (await admin.ask("GET", PROBATION["id"], 200))["pauses"] == [], "it was not paused again"
    kept = await connections.pool.fetch("select body from idempotency_keys")
    assert [row["body"] for row in kept if "whsec_" in row["body"]] == []


async def test_who_asks_again_while_the_first_is_under_way_waits_for_it_and_nothing_is_done_twice(
    admin: AdminClient, connections: Connections
) -> None:
    added = await asyncio.gather(*(admin.send("POST", AGENCIES, PROBATION, key="add-1") for _ in range(12)))
    codes = sorted((answer.status_code, answer.json().get("code")) for answer in added)
    assert codes == [(201, None), *[(409, Code.ALREADY_DONE)] * 11]
    keys = f"{AGENCIES}/{PROBATION['id']}/keys"
    made = await asyncio.gather(*(admin.send("POST", keys, {"side": "ours"}, key="rotate-2") for _ in range(12)))
    assert sorted(answer.status_code for answer in made) == [201, *[409] * 11]
    assert len((await admin.ask("GET", PROBATION["id"], 200))["ours"]) == 2


async def test_a_key_whose_answer_was_lost_before_it_was_kept_is_not_made_again(
    admin: AdminClient, connections: Connections
) -> None:
    await admin.ask("POST", "", 201, PROBATION)
    keys = f"{AGENCIES}/{PROBATION['id']}/keys"
    assert (await admin.send("POST", keys, {"side": "ours"}, key="rotate-3")).status_code == 201
    await connections.pool.execute(LOSE_RESPONSE, "rotate-3")
    again = await admin.send("POST", keys, {"side": "ours"}, key="rotate-3")
    assert (again.status_code, again.json()["code"]) == (409, Code.ALREADY_DONE)
    assert len((await admin.ask("GET", PROBATION["id"], 200))["ours"]) == 2


async def test_an_agency_whose_answer_was_lost_before_it_was_kept_is_told_as_entered(
    admin: AdminClient, connections: Connections
) -> None:
    first = await admin.send("POST", AGENCIES, PROBATION, key="add-2")
    await connections.pool.execute(LOSE_RESPONSE, "add-2")
    again = await admin.send("POST", AGENCIES, PROBATION, key="add-2")
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, Code.ALREADY_DONE)
    another = await admin.send("POST", AGENCIES, PROBATION, key="add-3")
    assert (another.status_code, another.json()["code"]) == (409, Code.AGENCY_EXISTS)
    assert await admin.ask("GET", PROBATION["id"], 200) == first.json()["agency"]


async def test_what_was_begun_by_who_died_is_done_by_the_same_again_when_nobody_is_at_it_any_more(
    admin: AdminClient, connections: Connections
) -> None:
    kept = PostgresIdempotencyStore(connections.pool)
    await kept.start("staff:o.haddad", "died", b"." * 32)
    assert await kept.claim("staff:o.haddad", "died", seconds=0.2)
    assert not await kept.claim("staff:o.haddad", "died", seconds=0.2)
    await asyncio.sleep(0.3)
    assert await kept.claim("staff:o.haddad", "died", seconds=20)
    await kept.release("staff:o.haddad", "died")
    assert await kept.claim("staff:o.haddad", "died", seconds=20)


def test_a_try_of_an_agency_is_over_by_any_way_before_somebody_else_may_begin_it() -> None:
    slowest = max(relay.SEND_TIMEOUT + relay.QUIT_TIMEOUT, http.TOTAL_TIMEOUT, channel.TRACE_TIMEOUT)
    assert slowest + 2 * STORE_SECONDS < CLAIM_SECONDS


async def test_without_an_idempotency_key_nothing_is_done(admin: AdminClient) -> None:
    for method, path in PLACES:
        if method == "POST":
            answer = await admin.http.post(path, json={}, headers=shows(people.ADMIN))
            assert (answer.status_code, answer.json()["code"]) == (400, Code.KEY_MISSING)


async def test_an_admin_who_is_something_else_as_well_manages(connections: Connections) -> None:
    both = person("b.costa", StaffRole.ADMIN, StaffRole.CASEWORKER, areas=())
    async with service(connections, KnownTokens({both.id: both})) as admin:
        assert await replace(admin, who=both).ask("POST", "/api/v1/asks/resume", 200) == {"agency": "", "pauses": []}


async def test_where_no_issuer_is_set_nobody_manages_whatever_they_show(connections: Connections) -> None:
    async with service(connections, None) as admin:
        for method, path in PLACES:
            for headers in ({}, shows(people.ADMIN)):
                answer = await admin.unread(method, path, headers)
                assert (answer.status_code, answer.json()["code"]) == (403, Code.SIGN_IN_OFF)


async def test_an_unavailable_database_is_reported() -> None:
    async with service(await unreachable(), KnownTokens()) as admin:
        assert "nothing" not in await admin.get_problem("GET", "", Code.DATABASE_UNAVAILABLE)
        await admin.get_problem("POST", "", Code.DATABASE_UNAVAILABLE, COURT)


async def test_an_agency_is_tried_by_a_ping_that_it_can_verify(admin: AdminClient) -> None:
    received: list[tuple[dict[str, str], bytes]] = []
    app = FastAPI(openapi_url=None)

    @app.post("/rj")
    async def take(request: Request) -> Response:
        received.append((dict(request.headers), await request.body()))
        try:
            Webhook(keys["ours"]).verify(received[-1][1], received[-1][0])
        except WebhookVerificationError:
            return Response(status_code=401)
        return Response(status_code=204)

    async with serve_app(app) as address:
        keys = (await admin.ask("POST", "", 201, PROBATION | {"address": f"{address}/rj"}))["keys"]
        tried = await admin.ask("POST", f"{PROBATION['id']}/ping", 200)
        assert (tried["reached"], tried["code"], tried["look_at"]) == (True, "", None)
        assert "204" in tried["reply"]
        assert json.loads(received[0][1]) == {"type": "ping"}

        keys["ours"] = keys["theirs"]
        tried = await admin.ask("POST", f"{PROBATION['id']}/ping", 200)
        assert (tried["reached"], tried["code"].split()[:2]) == (False, ["status", "401"])
        assert tried["sentence"] == "Not reached by http: it does not accept our signature."
        assert "our newest key" in tried["look_at"]


async def test_keys_change_in_both_directions_without_a_message_lost(
    admin: AdminClient, connections: Connections
) -> None:
    """Day by day each side sends the other something; the agency takes each new key on a day of its own."""
    app, agency = FastAPI(openapi_url=None), "agency-that-changes-its-keys"

    @app.post("/rj")
    async def take(request: Request) -> Response:
        try:
            Webhook(verifies_with).verify(await request.body(), dict(request.headers))
        except WebhookVerificationError:
            return Response(status_code=401)
        return Response(status_code=204)

    async def exchange(message_id: str) -> tuple[int, bool]:
        """The status that the agency gets, and whether it takes ours."""
        body = as_json({"case": "RJ-7Q2K-9F3M", "event": "offender_approached"})
        headers = sign_headers(their_keys, message_id, body)
        sent = await admin.http.post(f"/webhooks/agencies/{agency}", content=body, headers=headers)
        return sent.status_code, (await admin.ask("POST", f"{agency}/ping", 200))["reached"]

    async with serve_app(app) as address:
        old = (await admin.ask("POST", "", 201, PROBATION | {"id": agency, "address": f"{address}/rj"}))["keys"]
        their_keys, verifies_with = old["theirs"], old["ours"]
        new = {}
        for side in ("theirs", "ours"):
            wanted = {"side": side, "overlap_days": 4}
            new[side] = (await admin.ask("POST", f"{agency}/keys", 201, wanted))["key"]
        for day in range(4):
            their_keys = old["theirs"] if day < 1 else new["theirs"]
            verifies_with = old["ours"] if day < 3 else new["ours"]
            assert await exchange(f"day-{day}") == (202, True)
            await connections.pool.execute("update agency_keys set until = until - interval '1 day'")
        await asyncio.sleep(1.1)  # for so long the endpoint caches a sender
        assert await exchange("with-the-new-keys") == (202, True)
        their_keys, verifies_with = old["theirs"], old["ours"]
        assert await exchange("with-the-old-keys") == (401, False)


async def test_an_agency_that_does_not_listen_and_one_asked_by_hand(admin: AdminClient) -> None:
    await admin.ask("POST", "", 201, PROBATION | {"address": f"http://127.0.0.1:{free_port(None)}/"})
    await admin.ask("POST", "", 201, COURT)
    tried = await admin.ask("POST", f"{PROBATION['id']}/ping", 200)
    assert (tried["reached"], tried["code"], tried["reply"]) == (False, "refused", "")
    assert 0 <= tried["seconds"] < 5
    by_hand = await admin.ask("POST", "courts/ping", 200)
    assert (by_hand["reached"], by_hand["sentence"].split()[:3]) == (True, ["A", "caseworker", "asks"])

    await admin.ask("PATCH", "courts", 200, {"active": False})
    assert "removed" in await admin.get_problem("POST", "courts/ping", Code.UNKNOWN_AGENCY)


async def test_the_documentation_describes_each_address_with_the_sign_in_it_needs(admin: AdminClient) -> None:
    document: dict[str, Any] = (await admin.http.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["staff"]["scheme"] == "bearer"
    for method, path in PLACES:
        operation = document["paths"][path.replace("/courts", "/{agency}")][method.lower()]
        assert operation["security"] == [{"staff": []}]
        assert operation["summary"]
        assert {"401", "403", "503"} <= set(operation["responses"])
        taken = next(status for status in operation["responses"] if status.startswith("2"))
        assert "$ref" in str(operation["responses"][taken]["content"])
    for method, path in (("post", AGENCIES), ("patch", AGENCIES + "/{agency}"), ("post", AGENCIES + "/{agency}/keys")):
        body = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
        schema = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        assert all("examples" in field or "default" in field for field in schema["properties"].values())
