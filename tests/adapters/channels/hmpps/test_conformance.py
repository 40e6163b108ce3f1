"""Our side and the simulated register by the published document: each request and each response is held against it."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import Response

from devstack.certificates import load_certificates
from devstack.register import Register, create_register
from devstack.register_people import InjectedFailure, PersonLocation, RegisteredPerson, TraceSituation, people_in
from ports.agencies import Unreachable
from tests.adapters.channels.hmpps.document import ByTheDocument, Message, Receive, Send, needs_document
from tests.registers import API_KEY, BORN, DARREN, REF, AnswerTaken, Client, access_by, serve_tls

pytestmark = [pytest.mark.spec, needs_document]

PNC = "2008/0545166T"


@dataclass
class DocumentedService:
    """The service, the document in front of the register, and the register."""

    client: Client
    document: ByTheDocument
    register: Register

    async def trace(self, *people: RegisteredPerson, **details: Any) -> AnswerTaken:
        """The answer to a trace of Darren Pollitt, whose request also says `details`, among `people`."""
        self.client.details = DARREN | details
        self.register.enter(REF, people)
        return await self.client.ask()

    async def ask(self, address: str) -> httpx.Response:
        """The answer to any request at all, by who has certificate and key."""
        assert self.client.access is not None
        headers = {"x-api-key": API_KEY}
        async with httpx.AsyncClient(verify=self.client.access.context(), headers=headers) as asking:
            return await asking.get(f"{self.client.url}{address}")


@pytest.fixture(scope="module")
async def _shared_service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DocumentedService]:
    certificates, app = load_certificates(tmp_path_factory.mktemp("register")), create_register(API_KEY)
    document = ByTheDocument(app)
    async with serve_tls(document, certificates) as url:
        yield DocumentedService(Client(url, access_by(certificates)), document, app.state.register)


@pytest.fixture
def service(_shared_service: DocumentedService) -> DocumentedService:
    _shared_service.document.violations.clear()
    _shared_service.document.seen.clear()
    return _shared_service


OTHER_NAMES = ["Rowan Thackeray", "Daz Pollitt"]
ANSWERS = {
    TraceSituation.CUSTODY: "found",
    TraceSituation.COMMUNITY: "found",
    TraceSituation.GONE: "found",
    TraceSituation.SEVERAL: "ambiguous",
    TraceSituation.NOBODY: "not_found",
    TraceSituation.ALIAS: "found",
    TraceSituation.FILTERED: "not_found",
    TraceSituation.MERGED: "found",
    TraceSituation.LIMITED: "found",
}


@pytest.mark.parametrize("pnc", ["", PNC])
@pytest.mark.parametrize("situation", ANSWERS)
async def test_every_situation_is_traced_by_the_document(
    service: DocumentedService, situation: TraceSituation, pnc: str
) -> None:
    people = people_in(situation, DARREN["name"], BORN, random.Random(7), pnc)
    taken = await service.trace(*people, pnc_number=pnc, aliases=OTHER_NAMES)
    assert taken.data["answer"] == ANSWERS[situation]
    assert service.document.violations == []
    assert service.document.seen


async def test_a_register_in_trouble_is_asked_again_by_the_document(service: DocumentedService) -> None:
    failures = tuple(InjectedFailure(status=status) for status in (429, 500, 502, 503, 504))
    held = people_in(TraceSituation.CUSTODY, DARREN["name"], BORN, random.Random(7))[0]
    with pytest.raises(Unreachable, match="status 429"):
        await service.trace(held.model_copy(update={"failures": failures}))
    for status in (500, 502, 503, 504):
        with pytest.raises(Unreachable, match=f"status {status}"):
            await service.client.ask()
    assert (await service.client.ask()).data["answer"] == "found"
    assert service.document.violations == []


async def test_many_pages_are_read_by_the_document(service: DocumentedService) -> None:
    people = [
        RegisteredPerson(
            first_name="Darren",
            last_name="Pollitt",
            date_of_birth=BORN,
            nomis=f"A{number:04}ZZ",
            where=PersonLocation.CUSTODY,
        )
        for number in range(21)
    ]
    assert (await service.trace(*people)).data["answer"] == "ambiguous"
    assert service.document.violations == []
    assert service.document.seen.count(("/v1/persons", 200)) == 2


async def test_somebody_who_is_not_supervised_yet_is_traced_by_the_document(service: DocumentedService) -> None:
    held = people_in(TraceSituation.CUSTODY, DARREN["name"], BORN, random.Random(7))[0]
    assert (await service.trace(held.model_copy(update={"allocated": False}))).data["whereabouts"] == "custody"
    assert service.document.violations == []


async def test_a_ping_is_the_search_that_the_document_refuses(service: DocumentedService) -> None:
    await service.client.ping()
    assert (service.document.seen, service.document.violations) == ([("/v1/persons", 400)], [])


async def test_every_status_of_the_document_was_met(service: DocumentedService) -> None:
    met: set[tuple[str, int]] = set()
    for situation in (TraceSituation.FILTERED, TraceSituation.MERGED, TraceSituation.GONE):
        first, *others = people_in(situation, DARREN["name"], BORN, random.Random(7), PNC)
        # Without a number of the prison system, the id is the PNC number, of which the slash must be encoded.
        await service.trace(first.model_copy(update={"nomis": ""}), *others, pnc_number=PNC)
        met |= {(path.rpartition("/")[2], status) for path, status in service.document.seen}
    person = "2008%2F0545166T"
    assert {("persons", 200), (person, 200), (person, 303), (person, 404)} <= met
    assert {("person-responsible-officer", 200), ("person-responsible-officer", 404), ("sentences", 200)} <= met


@pytest.mark.parametrize(
    "wrong",
    [
        "/v1/persons?first_name=Darren&perPage=0",
        "/v1/persons?first_name=Darren&page=first",
        "/v1/persons?first_name=Darren&search_within_aliases=perhaps",
        "/v1/persons?firstName=Darren",
        "/v1/persons/2008/0545166T",
        "/v1/people?first_name=Darren",
    ],
)
async def test_a_request_that_the_document_does_not_describe_fails(service: DocumentedService, wrong: str) -> None:
    answer = await service.ask(wrong)
    assert (answer.status_code, len(service.document.violations)) == (500, 1)


GOOD = '{"data": [], "pagination": {"isLastPage": true}}'


@pytest.mark.parametrize(
    ("status", "body", "fails"),
    [
        (200, GOOD, False),
        (200, '{"data": [{"firstName": 1}]}', True),
        (200, '{"data": [{"dateOfBirth": "yesterday"}]}', True),
        (200, '{"data": [{"pncId": null}]}', True),
        (200, '{"data": [{"inPrison": true}]}', True),
        (200, "[]", True),
        (200, "", True),
        (400, '{"status": 418}', True),
        (201, GOOD, True),
    ],
)
async def test_an_answer_that_the_document_does_not_describe_fails(
    service: DocumentedService, monkeypatch: pytest.MonkeyPatch, status: int, body: str, fails: bool
) -> None:
    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        await Response(body, status, media_type="application/json")(scope, receive, send)

    monkeypatch.setattr(service.document, "app", answer)
    got = await service.ask("/v1/persons?first_name=Darren")
    assert (got.status_code == 500, bool(service.document.violations)) == (fails, fails)


async def test_a_request_of_ours_that_went_wrong_would_be_noticed(
    service: DocumentedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.channels.hmpps.register.PAGE_SIZE", 0)
    with pytest.raises(Unreachable, match="status 500"):
        await service.trace()
    assert len(service.document.violations) == 1
