"""How the register's answers are taken: what each status means, and what is not believed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from adapters.channels.hmpps import channel, http
from devstack.certificates import load_certificates
from ports.agencies import Unreachable
from tests.registers import ASK, REF, Client, access_by, serve_tls

LAST = {"isLastPage": True}
DARREN = {
    "firstName": "Darren",
    "lastName": "Pollitt",
    "dateOfBirth": "1986-05-14",
    "hmppsId": "2008/0545166T",
    "aliases": None,
    "contactDetails": {"emails": ["nobody@mail.example"]},
}
ONE = {"data": [DARREN], "pagination": LAST}
PERSON = "/v1/persons/2008%2F0545166T"


@dataclass
class Script:
    """A register that answers each path as it is told, and 404 to every other; it keeps what was requested."""

    answers: dict[str, Callable[[], Response]] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def says(self, path: str, body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Answer `path`, which is as it is sent, without its query."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = lambda: Response(content, status, headers, media_type="application/json")

    async def answer(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        self.requested.append(path)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        # What else is let in meanwhile is here by then.
        await asyncio.sleep(0.02)
        self.at_once -= 1
        return self.answers.get(path, lambda: JSONResponse({}, 404))()


@dataclass
class ScriptedService:
    """The service with a register that answers by script."""

    script: Script
    client: Client

    async def get_failure(self) -> tuple[str, float | None, bool]:
        """How a trace fails: its code, the pause that it asks for, and whether it is for good."""
        with pytest.raises(Unreachable) as raised:
            await self.client.ask()
        return raised.value.code, raised.value.retry_after, raised.value.permanent


@pytest.fixture(scope="module")
async def _shared_service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[list[Script], Client]]:
    certificates, now = load_certificates(tmp_path_factory.mktemp("register")), [Script()]
    app = FastAPI(openapi_url=None)

    @app.get("/{path:path}")
    async def answer(request: Request) -> Response:
        return await now[0].answer(request)

    async with serve_tls(app, certificates) as url:
        yield now, Client(url, access_by(certificates))


@pytest.fixture
def service(_shared_service: tuple[list[Script], Client]) -> ScriptedService:
    scripts, client = _shared_service
    scripts[0] = Script()
    return ScriptedService(scripts[0], Client(client.url, client.access))


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(204, False), (302, True), (400, True), (404, True), (409, False), (422, True), (429, False), (500, False)],
)
async def test_a_search_without_an_answer_is_tried_again_where_that_may_help(
    service: ScriptedService, status: int, permanent: bool
) -> None:
    service.script.says("/v1/persons", b"", status)
    assert await service.get_failure() == (f"status {status}", None, permanent)


@pytest.mark.parametrize("status", [401, 403])
async def test_not_to_be_let_in_is_a_matter_for_people_at_once(service: ScriptedService, status: int) -> None:
    service.script.says("/v1/persons", {}, status)
    assert await service.get_failure() == ("not_authorised", None, True)


async def test_however_many_traces_come_at_once_the_register_gets_a_few_at_a_time(service: ScriptedService) -> None:
    service.script.says("/v1/persons", {"data": [], "pagination": LAST})
    asks = [replace(ASK, key=f"{REF}.{number}.trace:probation") for number in range(40)]
    async with service.client.channel() as line:
        await asyncio.gather(*(line.ask(service.client.agency, ask) for ask in asks))

    assert len(service.client.answers.taken) == 40
    assert 1 < service.script.most_at_once <= channel.MAX_CONCURRENT_REQUESTS


async def test_a_pause_that_is_asked_for_is_passed_on(service: ScriptedService) -> None:
    service.script.says("/v1/persons", {}, 429, {"retry-after": "7"})
    assert await service.get_failure() == ("status 429", 7.0, False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"\xff",
        {},
        {"pagination": LAST},
        {"data": None, "pagination": LAST},
        {"data": []},
        {"data": [[]], "pagination": LAST},
        {"data": [{**DARREN, "dateOfBirth": 19860514}], "pagination": LAST},
        {"data": [{**DARREN, "dateOfBirth": "14 May 1986"}], "pagination": LAST},
        {"data": [{**DARREN, "firstName": ["Darren"]}], "pagination": LAST},
        {"data": [], "pagination": {"isLastPage": "no"}},
    ],
)
async def test_an_answer_of_another_shape_finds_nobody_and_says_nobody_is_there_of_no_one(
    service: ScriptedService, body: Any
) -> None:
    service.script.says("/v1/persons", body)
    assert await service.get_failure() == ("unreadable", None, False)
    assert service.client.answers.taken == []


async def test_an_answer_is_read_up_to_a_limit(service: ScriptedService) -> None:
    service.script.says("/v1/persons", {**ONE, "padding": "x" * http.MAX_BYTES})
    assert await service.get_failure() == ("too_large", None, False)


async def test_an_answer_that_does_not_come_is_waited_for_so_long(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "REQUEST_TIMEOUT", 0.05)

    async def never(request: Request) -> Response:
        await asyncio.sleep(0.3)
        return Response()

    monkeypatch.setattr(service.script, "answer", never)
    assert await service.get_failure() == ("timeout", None, False)


async def test_all_requests_of_a_trace_together_take_so_long_at_most(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "TRACE_TIMEOUT", 0.05)
    original = service.script.answer

    async def slow(request: Request) -> Response:
        await asyncio.sleep(0.04)
        return await original(request)

    monkeypatch.setattr(service.script, "answer", slow)
    service.script.says("/v1/persons", ONE)
    assert await service.get_failure() == ("timeout", None, False)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://attacker.example/v1/persons/A1234BC",
        "//attacker.example/v1/persons/A1234BC",
        "http://127.0.0.1:{port}/v1/persons/A1234BC",
        "https://127.0.0.1:1/v1/persons/A1234BC",
        "/v1/images/1",
        "/v1/persons",
        "/v1/persons/",
        "/v1/persons/A1234BC/addresses",
        "/v1/persons/../images/1",
        "/v1/persons/A1234BC?page=2",
        "",
    ],
)
async def test_a_merged_record_is_followed_to_a_person_of_this_register_and_nowhere_else(
    service: ScriptedService, elsewhere: str
) -> None:
    port = service.client.url.rpartition(":")[2]
    service.script.says("/v1/persons", ONE)
    service.script.says(PERSON, b"", 303, {"location": elsewhere.format(port=port)})
    assert await service.get_failure() == ("status 303", None, True)
    assert service.script.requested == ["/v1/persons", PERSON]


@pytest.mark.parametrize(
    "location", ["/v1/persons/2003%2F0011991D", "{url}/v1/persons/2003%2F0011991D", "2003%2F0011991D"]
)
async def test_a_merged_record_is_followed_by_its_whole_address_or_a_part_of_it(
    service: ScriptedService, location: str
) -> None:
    service.script.says("/v1/persons", ONE)
    service.script.says(PERSON, b"", 303, {"location": location.format(url=service.client.url)})
    service.script.says("/v1/persons/2003%2F0011991D", {"data": {"probationOffenderSearch": DARREN}})
    assert (await service.client.ask()).data == {"answer": "found", "whereabouts": "unsupervised"}
    assert service.script.requested[2:4] == [
        "/v1/persons/2003%2F0011991D",
        "/v1/persons/2003%2F0011991D/access-limitations",
    ]


async def test_a_register_below_a_path_is_asked_below_it(service: ScriptedService) -> None:
    client = replace(service.client, url=f"{service.client.url}/hmpps/")
    service.script.says("/hmpps/v1/persons", {"data": [], "pagination": LAST})
    assert (await client.ask()).data == {"answer": "not_found"}
    assert set(service.script.requested) == {"/hmpps/v1/persons"}


async def test_a_register_that_knows_no_limitations_has_none(service: ScriptedService) -> None:
    service.script.says("/v1/persons", ONE)
    service.script.says(PERSON, {"data": {"probationOffenderSearch": DARREN, "prisonerOffenderSearch": None}})
    assert f"{PERSON}/access-limitations" not in service.script.answers
    assert "limited_access" not in (await service.client.ask()).data


@pytest.mark.parametrize(
    ("said", "limited"),
    [
        ({"excludedFrom": [], "restrictedTo": []}, False),
        ({"excludedFrom": [{"email": "a@probation.example"}], "restrictedTo": []}, True),
        ({"restrictedTo": [{"email": "a@probation.example"}]}, True),
        ({"excludedFrom": [], "exclusionMessage": "Ask the team."}, True),
        ({"restrictionMessage": "Ask the team."}, True),
        ({"exclusionMessage": None, "restrictionMessage": None}, False),
    ],
)
async def test_any_flag_of_limited_access_counts(service: ScriptedService, said: Any, limited: bool) -> None:
    service.script.says("/v1/persons", ONE)
    service.script.says(PERSON, {"data": {"probationOffenderSearch": DARREN}})
    service.script.says(f"{PERSON}/access-limitations", {"data": said})
    assert (await service.client.ask()).data.get("limited_access", False) is limited


async def test_flags_that_cannot_be_read_are_not_taken_for_none(service: ScriptedService) -> None:
    service.script.says("/v1/persons", ONE)
    service.script.says(PERSON, {"data": {"probationOffenderSearch": DARREN}})
    service.script.says(f"{PERSON}/access-limitations", {}, 500)
    assert await service.get_failure() == ("status 500", None, False)


NO_ONE = {"forename": None, "surname": None}
AVERY = {"forename": "Avery", "surname": "Quill"}


@pytest.mark.parametrize(
    ("managers", "whereabouts"),
    [
        ({"prisonOffenderManager": {**AVERY, "prison": {"code": "EMI"}}}, "custody"),
        ({"prisonOffenderManager": {**NO_ONE, "prison": {"code": "EMI"}}}, "custody"),
        ({"prisonOffenderManager": AVERY}, "custody"),
        ({"prisonOffenderManager": AVERY, "communityOffenderManager": {"name": AVERY}}, "custody"),
        ({"prisonOffenderManager": NO_ONE, "communityOffenderManager": {"name": AVERY}}, "community_supervised"),
        ({"communityOffenderManager": {"name": NO_ONE, "team": {"code": "EMTALL"}}}, "community_supervised"),
        ({"prisonOffenderManager": NO_ONE, "communityOffenderManager": {"name": NO_ONE}}, "unsupervised"),
        ({"prisonOffenderManager": None, "communityOffenderManager": None}, "unsupervised"),
        ({}, "unsupervised"),
    ],
)
async def test_who_works_with_somebody_says_where_they_are(
    service: ScriptedService, managers: Any, whereabouts: str
) -> None:
    service.script.says("/v1/persons", ONE)
    service.script.says(PERSON, {"data": {"probationOffenderSearch": DARREN}})
    service.script.says(f"{PERSON}/person-responsible-officer", {"data": managers})
    assert (await service.client.ask()).data["whereabouts"] == whereabouts


@pytest.mark.parametrize(
    ("community", "other"),
    [({"name": AVERY}, "probation"), ({"name": NO_ONE}, None), (None, None)],
)
async def test_of_somebody_in_prison_the_community_officer_may_also_answer(
    service: ScriptedService, community: Any, other: str | None
) -> None:
    """3.3c."""
    managers = {"prisonOffenderManager": AVERY, "communityOffenderManager": community}
    service.script.says("/v1/persons", ONE)
    service.script.says(PERSON, {"data": {"probationOffenderSearch": DARREN}})
    service.script.says(f"{PERSON}/person-responsible-officer", {"data": managers})
    data = (await service.client.ask()).data
    assert (data["responsible_agency"], data.get("may_also_answer")) == ("prison", other)


@pytest.mark.parametrize(
    ("sentences", "whereabouts"),
    [
        ([], "unsupervised"),
        ([{"isActive": False, "isCustodial": True}], "unsupervised"),
        ([{"isActive": None, "isCustodial": True}], "unsupervised"),
        ([{"isActive": True, "isCustodial": True}], "custody"),
        ([{"isActive": True, "isCustodial": False}], "community_supervised"),
        ([{"isActive": True}, {"isActive": False, "isCustodial": True}], "community_supervised"),
    ],
)
async def test_where_nobody_works_with_somebody_their_sentence_says_it(
    service: ScriptedService, sentences: Any, whereabouts: str
) -> None:
    service.script.says("/v1/persons", ONE)
    service.script.says(PERSON, {"data": {"probationOffenderSearch": DARREN}})
    service.script.says(f"{PERSON}/sentences", {"data": sentences, "pagination": LAST})
    assert (await service.client.ask()).data["whereabouts"] == whereabouts


async def test_what_the_register_writes_keeps_to_its_line_of_the_note(service: ScriptedService) -> None:
    forged = {
        **DARREN,
        "lastName": "Pollitt\n9. Forged",
        "hmppsId": "A1\u2028B",
        "pncId": "\x1b[2J",
        "firstName": "x" * 999,
    }
    service.script.says("/v1/persons", {"data": [forged], "pagination": LAST})
    service.script.says("/v1/persons/A1%E2%80%A8B", {"data": {"probationOffenderSearch": forged}})
    taken = await service.client.ask()
    assert taken.data == {"answer": "ambiguous"}
    assert len(taken.note.splitlines()) == 2
    assert taken.note.isprintable() or set(taken.note) - {"\n"} == {
        character for character in taken.note if character.isprintable()
    }
    assert len(taken.note) < 700


async def test_a_ping_that_is_answered_by_something_else_says_so(service: ScriptedService) -> None:
    service.script.says("/v1/persons", {"hello": "world"})
    with pytest.raises(Unreachable, match="unreadable"):
        await service.client.ping()
    assert service.script.requested == ["/v1/persons"]


async def test_nothing_more_is_asked_about_a_stranger_with_limited_access(service: ScriptedService) -> None:
    people = [{**DARREN, "hmppsId": number} for number in ("A0001ZZ", "A0002ZZ")]
    service.script.says("/v1/persons", {"data": people, "pagination": LAST})
    for person in people:
        service.script.says(f"/v1/persons/{person['hmppsId']}", {"data": {"prisonerOffenderSearch": person}})
    limited = {"data": {"restrictedTo": [{"email": "a@probation.example"}]}}
    service.script.says("/v1/persons/A0002ZZ/access-limitations", limited)
    assert (await service.client.ask()).data == {"answer": "ambiguous", "limited_access": True}
    looked_at = [path for path in service.script.requested if path.endswith(("officer", "sentences"))]
    assert sorted(looked_at) == ["/v1/persons/A0001ZZ/person-responsible-officer", "/v1/persons/A0001ZZ/sentences"]
