"""Asks over real HTTP: signed, under one key, with no more of the offender than the question needs."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook

from activities.ports import Agency, ChannelName, Unreachable
from activities.vault import THE_SERVICE
from adapters import http_agencies
from adapters.guarded_network import GuardedTransport
from adapters.http_agencies import HttpChannel
from domain.duties import Ask, CallBack
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from local.directory import new_keys
from local.embedded import free_port
from tests.serving import LOOPBACK, served

REF = CaseRef("RJ-7Q2K-9F3M")
ASK = Ask(f"{REF}.3.trace:prison", REF, "eastmoor", AgencyRef("prison"), WaitKind.TRACE, date(2027, 3, 1))
KEY = new_keys()["eastmoor-prison"].signed_with
A = Agency("eastmoor-prison", "prison", "eastmoor", "HMP Eastmoor", ChannelName.HTTP)
PUBLIC_URL = "https://casework.example/"
OFFENDER = {"name": "Sam Example", "date_of_birth": "1990-12-31", "address": "1 Mill Lane"}


@dataclass
class Vault:
    """The part of the vault that is read: who asked is remembered."""

    details: Mapping[str, Any] | None
    readers: list[str] = field(default_factory=list)

    async def offender(self, ref: CaseRef, *, by: str = THE_SERVICE) -> Mapping[str, Any] | None:
        self.readers.append(by)
        return self.details


@dataclass
class Desk:
    """An agency's server: keeps what it was sent, and answers as it is told."""

    agency: Agency
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Response = field(default_factory=Response)
    waits: float = 0

    def body(self) -> dict[str, Any]:
        """The only body, after checking its signature."""
        ((headers, content),) = self.requests
        body: dict[str, Any] = Webhook(KEY).verify(content, headers)
        return body


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    app, own = FastAPI(openapi_url=None), Desk(A)

    @app.post("/asks")
    async def take(request: Request) -> Response:
        own.requests.append((dict(request.headers), await request.body()))
        await asyncio.sleep(own.waits)
        return own.answer

    async with served(app) as address:
        own.agency = replace(own.agency, address=f"{address}/asks", signed_with=(KEY,))
        yield own


async def ask(desk: Desk, duty: Ask | CallBack = ASK, details: Mapping[str, Any] | None = OFFENDER) -> Vault:
    vault = Vault(details)
    transport = GuardedTransport(LOOPBACK)
    async with HttpChannel(vault, transport, PUBLIC_URL) as channel:  # type: ignore[arg-type]  # the rest is not read
        await (channel.ask(desk.agency, duty) if isinstance(duty, Ask) else channel.call_back(desk.agency, duty))
    return vault


async def test_an_ask_is_signed_and_names_what_is_asked(desk: Desk) -> None:
    await ask(desk)

    assert desk.body() == {
        "type": "ask",
        "ask": ASK.key,
        "case": REF,
        "question": "trace",
        "due_on": "2027-03-01",
        "answer_to": "https://casework.example/webhooks/agencies/eastmoor-prison",
        "reminder": 0,
        "offender": {"name": "Sam Example", "date_of_birth": "1990-12-31"},
    }


async def test_the_duty_s_key_is_the_idempotency_key_of_every_attempt(desk: Desk) -> None:
    await ask(desk)
    await ask(desk)

    keys = [(headers["idempotency-key"], headers["webhook-id"]) for headers, _ in desk.requests]
    assert keys == [(ASK.key, ASK.key)] * 2


async def test_a_reminder_has_a_key_of_its_own_and_names_the_ask(desk: Desk) -> None:
    await ask(desk, replace(ASK, key=f"{ASK.key}.reminder-1", reminder=1))

    assert desk.requests[0][0]["idempotency-key"] == f"{ASK.key}.reminder-1"
    assert (desk.body()["type"], desk.body()["ask"], desk.body()["reminder"]) == ("reminder", ASK.key, 1)


async def test_an_ask_that_is_over_is_called_back_without_a_word_of_anybody(desk: Desk) -> None:
    await ask(desk, CallBack(f"{ASK.key}.back", REF, "eastmoor", ASK.agency, ASK.key))

    assert desk.body() == {"type": "ask_called_back", "ask": ASK.key, "case": REF}
    assert desk.requests[0][0]["idempotency-key"] == f"{ASK.key}.back"


@pytest.mark.parametrize("question", [WaitKind.TRACE, WaitKind.AGENCY_CHECK, WaitKind.APPROACH])
async def test_who_the_offender_is_is_told_where_the_question_needs_it(desk: Desk, question: WaitKind) -> None:
    vault = await ask(desk, replace(ASK, question=question))

    assert "offender" in desk.body()
    assert vault.readers == [THE_SERVICE]


@pytest.mark.parametrize("question", [WaitKind.OFFENDER_ANSWER, WaitKind.ASSESSMENT])
async def test_later_the_reference_says_it_and_the_vault_is_not_opened(desk: Desk, question: WaitKind) -> None:
    vault = await ask(desk, replace(ASK, question=question))

    assert "offender" not in desk.body()
    assert vault.readers == []


async def test_an_offender_of_whom_nothing_is_known_is_left_out(desk: Desk) -> None:
    await ask(desk, details=None)

    assert "offender" not in desk.body()


async def test_a_name_in_another_script_is_signed_as_it_is_sent(desk: Desk) -> None:
    await ask(desk, details={"name": "Zoë Żak"})

    assert desk.body()["offender"] == {"name": "Zoë Żak"}
    assert "Zoë Żak".encode() in desk.requests[0][1]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_means_that_it_was_taken(desk: Desk, status: int) -> None:
    desk.answer = Response(status_code=status)

    await ask(desk)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 410, 429, 500, 503])
async def test_anything_else_is_unreachable_and_nobody_is_followed_elsewhere(desk: Desk, status: int) -> None:
    desk.answer = Response(status_code=status, headers={"location": desk.agency.address})

    with pytest.raises(Unreachable) as raised:
        await ask(desk)

    assert raised.value.code == f"status {status}"
    assert len(desk.requests) == 1


async def test_an_endless_answer_is_not_read_to_its_end(desk: Desk) -> None:
    desk.answer = Response(b"x" * 50_000_000)

    async with asyncio.timeout(5):
        await ask(desk)


async def test_an_agency_that_does_not_answer_in_time_is_unreachable(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_agencies, "SECONDS_TO_ANSWER", 0.3)
    desk.waits = 1

    with pytest.raises(Unreachable) as raised:
        await ask(desk)

    assert raised.value.code == "timeout"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:{free}/asks", "refused"),
        ("gopher://127.0.0.1/asks", "bad_address"),
        ("http://[::1/asks", "bad_address"),
    ],
)
async def test_an_address_where_nobody_is_gives_a_code_and_never_an_address(
    desk: Desk, address: str, code: str
) -> None:
    url = address.replace("{free}", str(free_port()))
    desk.agency = replace(desk.agency, address=url)

    with pytest.raises(Unreachable) as raised:
        await ask(desk)

    assert raised.value.code == code


async def test_a_connection_that_breaks_off_is_unreachable() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        desk = Desk(replace(A, address=f"http://127.0.0.1:{port}/asks", signed_with=(KEY,)))
        with pytest.raises(Unreachable) as raised:
            await ask(desk)

    assert raised.value.code == "broken_off"


async def test_no_log_line_holds_a_body(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")

    await ask(desk)

    assert caplog.records
    assert "Sam" not in caplog.text
