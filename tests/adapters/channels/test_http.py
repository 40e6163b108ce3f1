"""Asks over real HTTP: signed, under one key, with no more of the offender than the question needs."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.channels import http, http_replies
from adapters.channels.guarded_network import GuardedTransport
from adapters.channels.http import HttpChannel
from devstack.directory import new_keys
from devstack.processes import free_port
from domain.agency_updates import CaseUpdate, UpdateKind
from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyRef, CaseRef, Form, WaitKind
from ports.agencies import Agency, ChannelName, Unreachable
from ports.vault import THE_SERVICE
from tests.certificates import Authority
from tests.registers import Vault
from tests.serving import LOOPBACK, serve_app

REF = CaseRef("RJ-7Q2K-9F3M")
ASK = Ask(f"{REF}.3.trace:prison", REF, "eastmoor", AgencyRef("prison"), WaitKind.TRACE, date(2027, 3, 1))
KEY, OTHER_KEY = (new_keys()["eastmoor-prison"].our_keys for _ in range(2))
TLS = ssl.create_default_context()
"""Loaded once for all tests."""
TAKEN = b"HTTP/1.1 202 Accepted\r\ncontent-length: 5000\r\n\r\n"
A = Agency("eastmoor-prison", "prison", "eastmoor", "HMP Eastmoor", ChannelName.HTTP)
PUBLIC_URL = "https://casework.example/"
OFFENDER = {"name": "Sam Example", "date_of_birth": "1990-12-31", "address": "1 Mill Lane"}


@dataclass
class AgencyServer:
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


@dataclass
class SharedServer:
    """The server that a module's tests share, with what the present test is sent."""

    address: str = ""
    server: AgencyServer = field(default_factory=lambda: AgencyServer(A))


@pytest.fixture(scope="module")
async def shared_server() -> AsyncIterator[SharedServer]:
    app, shared_server = FastAPI(openapi_url=None), SharedServer()

    @app.post("/asks")
    async def take(request: Request) -> Response:
        server = shared_server.server
        server.requests.append((dict(request.headers), await request.body()))
        await asyncio.sleep(server.waits)
        return server.answer

    async with serve_app(app) as shared_server.address:
        yield shared_server


@pytest.fixture
def server(shared_server: SharedServer) -> AgencyServer:
    shared_server.server = AgencyServer(replace(A, address=f"{shared_server.address}/asks", our_keys=(KEY,)))
    return shared_server.server


@asynccontextmanager
async def raw_server(*parts: bytes, pause: float = 0, hang_up: bool = True) -> AsyncIterator[AgencyServer]:
    """An agency that answers `parts` byte for byte, each after `pause` seconds, and then hangs up, or says no more."""
    over, server = asyncio.Event(), AgencyServer(A)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            server.requests.append(({}, await reader.readuntil(b"\r\n\r\n")))
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            if not hang_up:
                await over.wait()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/asks"
        server.agency = replace(A, address=address, our_keys=(KEY,))
        yield server
        over.set()


@asynccontextmanager
async def channel(details: Mapping[str, Any] | None = OFFENDER) -> AsyncIterator[tuple[HttpChannel, Vault]]:
    vault = Vault(details)
    async with HttpChannel(vault, GuardedTransport(LOOPBACK, tls=TLS), PUBLIC_URL) as opened:  # type: ignore[arg-type]
        yield opened, vault


async def ask(
    server: AgencyServer, effect: Ask | CancelAsk = ASK, details: Mapping[str, Any] | None = OFFENDER
) -> Vault:
    async with channel(details) as (opened, vault):
        await (opened.ask(server.agency, effect) if isinstance(effect, Ask) else opened.cancel(server.agency, effect))
    return vault


async def ping(server: AgencyServer) -> str:
    async with channel() as (opened, _):
        return await opened.ping(server.agency)


async def unreachable(server: AgencyServer) -> Unreachable:
    with pytest.raises(Unreachable) as raised:
        await ask(server)
    return raised.value


async def test_an_ask_is_signed_and_names_what_is_asked(server: AgencyServer) -> None:
    await ask(server)

    assert server.body() == {
        "type": "ask",
        "ask": ASK.key,
        "case": REF,
        "question": "trace",
        "due_on": "2027-03-01",
        "answer_to": "https://casework.example/webhooks/agencies/eastmoor-prison",
        "reminder": 0,
        "offender": {"name": "Sam Example", "date_of_birth": "1990-12-31"},
    }


async def test_the_effect_s_key_is_the_idempotency_key_of_every_attempt(server: AgencyServer) -> None:
    await ask(server)
    await ask(server)

    keys = [(headers["idempotency-key"], headers["webhook-id"]) for headers, _ in server.requests]
    assert keys == [(ASK.key, ASK.key)] * 2


async def test_a_reminder_has_a_key_of_its_own_and_names_the_ask(server: AgencyServer) -> None:
    await ask(server, replace(ASK, key=f"{ASK.key}.reminder-1", reminder=1))

    assert server.requests[0][0]["idempotency-key"] == f"{ASK.key}.reminder-1"
    assert (server.body()["type"], server.body()["ask"], server.body()["reminder"]) == ("reminder", ASK.key, 1)


async def test_a_cancellation_names_nobody(server: AgencyServer) -> None:
    await ask(server, CancelAsk(f"{ASK.key}.cancel", REF, "eastmoor", ASK.agency, ASK.key))

    assert server.body() == {"type": "ask_cancelled", "ask": ASK.key, "case": REF}
    assert server.requests[0][0]["idempotency-key"] == f"{ASK.key}.cancel"


@pytest.mark.parametrize("question", [WaitKind.TRACE, WaitKind.AGENCY_CHECK, WaitKind.APPROACH])
async def test_who_the_offender_is_is_told_where_the_question_needs_it(
    server: AgencyServer, question: WaitKind
) -> None:
    vault = await ask(server, replace(ASK, question=question))

    assert "offender" in server.body()
    assert vault.readers == [THE_SERVICE]


@pytest.mark.parametrize("question", [WaitKind.OFFENDER_ANSWER, WaitKind.ASSESSMENT])
async def test_later_the_reference_says_it_and_the_vault_is_not_opened(
    server: AgencyServer, question: WaitKind
) -> None:
    vault = await ask(server, replace(ASK, question=question))

    assert "offender" not in server.body()
    assert vault.readers == []


async def test_an_unknown_offender_is_left_out(server: AgencyServer) -> None:
    await ask(server, details=None)

    assert "offender" not in server.body()


async def test_a_name_in_another_script_is_signed_as_it_is_sent(server: AgencyServer) -> None:
    await ask(server, details={"name": "Zoë Żak"})

    assert server.body()["offender"] == {"name": "Zoë Żak"}
    assert "Zoë Żak".encode() in server.requests[0][1]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_means_that_it_was_taken(server: AgencyServer, status: int) -> None:
    server.answer = Response(status_code=status)

    await ask(server)


@pytest.mark.parametrize("status", [408, 409, 421, 425, 429, 500, 501, 502, 503, 504, 599])
async def test_what_may_be_otherwise_the_next_time_is_tried_again(server: AgencyServer, status: int) -> None:
    server.answer = Response(status_code=status)

    refused = await unreachable(server)

    assert (refused.code, refused.permanent, refused.retry_after) == (f"status {status}", False, None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 415, 422, 451, 499])
async def test_a_4xx_that_repeating_cannot_change_is_for_good(server: AgencyServer, status: int) -> None:
    server.answer = Response(status_code=status)

    refused = await unreachable(server)

    assert (refused.code, refused.permanent) == (f"status {status}", True)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_for_good_and_nobody_is_followed_elsewhere(server: AgencyServer, status: int) -> None:
    server.answer = Response(status_code=status, headers={"location": server.agency.address})

    refused = await unreachable(server)

    assert (refused.code, refused.permanent) == (f"status {status}", True)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_the_pause_that_an_agency_asks_for_is_passed_on(server: AgencyServer, status: int) -> None:
    server.answer = Response(status_code=status, headers={"retry-after": "120"})

    assert (await unreachable(server)).retry_after == 120


async def test_the_pause_may_be_given_as_a_moment(server: AgencyServer) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=10)
    server.answer = Response(status_code=503, headers={"retry-after": format_datetime(moment, usegmt=True)})

    assert (await unreachable(server)).retry_after == pytest.approx(600, abs=5)


async def test_what_one_agency_sets_as_a_cookie_is_never_sent(server: AgencyServer) -> None:
    server.answer = Response(headers={"set-cookie": "session=made-up; Path=/"})
    async with channel() as (opened, _):
        await opened.ask(server.agency, ASK)
        await opened.ask(server.agency, ASK)

    assert ["cookie" in headers for headers, _ in server.requests] == [False, False]


async def test_an_endless_answer_is_not_read_to_its_end(server: AgencyServer) -> None:
    server.answer = Response(b"x" * 50_000_000)

    async with asyncio.timeout(120):
        await ask(server)


async def test_an_ask_is_taken_by_its_status_however_slow_the_body_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_replies, "READ_TIMEOUT", 0.1)
    async with asyncio.timeout(120), raw_server(TAKEN, *[b"x"] * 10_000, pause=0.05) as server:
        await ask(server)


async def test_an_ask_is_taken_by_its_status_although_the_body_breaks_off() -> None:
    async with raw_server(TAKEN, b"half of it") as server:
        await ask(server)


async def test_a_compressed_body_is_not_unpacked() -> None:
    bomb = gzip.compress(b"x" * 10_000_000)
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n".encode()
    async with raw_server(head + bomb) as server:
        assert len(await ping(server)) < 250


async def test_an_agency_that_does_not_answer_in_time_is_tried_again(
    server: AgencyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TOTAL_TIMEOUT", 0.3)
    server.waits = 1

    refused = await unreachable(server)

    assert (refused.code, refused.permanent) == ("timeout", False)


async def test_an_agency_that_hangs_keeps_no_other_from_being_asked(server: AgencyServer) -> None:
    async with raw_server(hang_up=False) as hangs, channel() as (opened, _):
        away = replace(hangs.agency, id="hanging-prison")
        asking = [asyncio.create_task(opened.ask(away, ASK)) for _ in range(50)]
        await asyncio.sleep(0.2)
        await opened.ask(server.agency, ASK)

        assert 0 < len(hangs.requests) <= http.MAX_CONCURRENT_PER_AGENCY
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    assert len(server.requests) == 1


async def test_a_head_that_trickles_in_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of it comes in time; all of it never does."""
    monkeypatch.setattr(http, "TOTAL_TIMEOUT", 0.4)
    async with raw_server(b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 90, pause=0.05) as server:
        assert (await unreachable(server)).code == "timeout"


async def test_a_head_without_end_is_not_read_to_its_end() -> None:
    async with raw_server(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 2_000_000, hang_up=False) as server:
        assert (await unreachable(server)).code == "broken_off"


@pytest.mark.parametrize(
    "parts", [(), (b"HTTP/1.1 20",), (b"HTTP/1.1 200 OK\r\ncontent-le",), (b"SSH-2.0-OpenSSH_9.6\r\n",)]
)
async def test_a_connection_that_breaks_off_or_speaks_otherwise_is_tried_again(parts: tuple[bytes, ...]) -> None:
    async with raw_server(*parts) as server:
        refused = await unreachable(server)

    assert (refused.code, refused.permanent) == ("broken_off", False)


async def test_an_address_where_nobody_listens_is_tried_again(server: AgencyServer) -> None:
    server.agency = replace(server.agency, address=f"http://127.0.0.1:{free_port()}/asks")

    refused = await unreachable(server)

    assert (refused.code, refused.permanent) == ("refused", False)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("gopher://127.0.0.1/asks", "bad_address"),
        ("http://[::1/asks", "bad_address"),
        ("http:///asks", "bad_address"),
        ("asks.prison.example", "bad_address"),
        ("https://rj:made-up@asks.prison.example/asks", "bad_address"),
        ("https://10.0.0.1/asks", "address_not_allowed"),
        ("https://169.254.169.254/latest/meta-data/", "address_not_allowed"),
        ("http://93.184.215.14/asks", "https_required"),
    ],
)
async def test_an_address_that_may_not_be_asked_is_for_good_and_its_code_does_not_name_it(
    server: AgencyServer, address: str, code: str
) -> None:
    server.agency = replace(server.agency, address=address)

    refused = await unreachable(server)

    assert (refused.code, refused.permanent) == (code, True)


@pytest.mark.parametrize(
    ("trusted", "code"), [(False, "certificate"), (True, "tls")], ids=["unknown authority", "no tls at all"]
)
async def test_a_failure_of_tls_is_tried_again_since_certificates_are_renewed(
    tmp_path: Path, trusted: bool, code: str
) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    tls = None if trusted else Authority(tmp_path).server("127.0.0.1")
    async with await asyncio.start_server(speak, "127.0.0.1", 0, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        refused = await unreachable(AgencyServer(replace(A, address=f"https://127.0.0.1:{port}/", our_keys=(KEY,))))

    assert (refused.code, refused.permanent) == (code, False)


@pytest.mark.parametrize("keys", [(), ("whsec_",), ("whsec_!",), (KEY, "whsec_ü")])
async def test_without_a_usable_key_nothing_is_sent(server: AgencyServer, keys: tuple[str, ...]) -> None:
    server.agency = replace(server.agency, our_keys=keys)

    refused = await unreachable(server)

    assert (refused.code, refused.permanent) == ("no_key", True)
    assert server.requests == []


async def test_while_our_key_rotates_an_agency_verifies_by_the_old_one_and_by_the_new_one(server: AgencyServer) -> None:
    """The agency changes over at some moment of the overlap: each ask verifies before it as after it."""
    old, new = KEY, OTHER_KEY
    for number, keys in enumerate([(old,), (new, old), (new, old), (new,)]):
        server.agency = replace(server.agency, our_keys=keys)
        await ask(server, replace(ASK, key=f"{REF}.{number}.trace:prison"))

    known_to_the_agency = [old, old, new, new]
    for key, (headers, content) in zip(known_to_the_agency, server.requests, strict=True):
        assert Webhook(key).verify(content, headers)["type"] == "ask"
    assert [len(headers["webhook-signature"].split()) for headers, _ in server.requests] == [1, 2, 2, 1]


async def test_a_key_that_has_run_out_signs_nothing(server: AgencyServer) -> None:
    server.agency = replace(server.agency, our_keys=(OTHER_KEY,))
    await ask(server)

    with pytest.raises(WebhookVerificationError):
        server.body()


async def test_a_ping_is_signed_asks_nothing_and_shows_what_came_back(server: AgencyServer) -> None:
    server.answer = Response('{"ok":\n  true}', status_code=202)

    assert await ping(server) == 'status 202: {"ok": true}'
    assert server.body() == {"type": "ping"}


async def test_each_ping_is_another_message(server: AgencyServer) -> None:
    assert await ping(server) == "status 200"
    await ping(server)

    first, second = (headers["webhook-id"] for headers, _ in server.requests)
    assert first != second


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (302, True), (503, False)])
async def test_a_ping_that_is_not_taken_says_what_came_back(server: AgencyServer, status: int, permanent: bool) -> None:
    server.answer = Response("no such key", status_code=status)

    with pytest.raises(Unreachable) as raised:
        await ping(server)

    assert (raised.value.code, raised.value.permanent) == (f"status {status}: no such key", permanent)


async def test_what_is_shown_of_an_answer_is_short_and_cannot_speak_to_a_terminal(server: AgencyServer) -> None:
    server.answer = Response(b"\x1b[2J\x07\xe2\x80\xae ok \xff\x00" + b"z" * 3000)

    shown = await ping(server)

    assert shown.isprintable()
    assert shown.startswith("status 200: [2J ok")
    assert len(shown) < 220


async def test_no_log_line_holds_a_body(server: AgencyServer, caplog: pytest.LogCaptureFixture) -> None:
    for library in ("httpx", "httpcore"):
        caplog.set_level("DEBUG", library)
    caplog.set_level("DEBUG")

    await ask(server)

    assert caplog.records
    assert "Sam" not in caplog.text


async def test_an_update_over_http_is_signed_and_holds_codes_and_a_day_only(server: AgencyServer) -> None:
    """3.1c: the vault is not read for it."""
    vault = Vault(OFFENDER)
    update = CaseUpdate(
        f"{REF}.9.update.prison",
        REF,
        "eastmoor",
        "prison",
        9,
        (UpdateKind.DAY_SET,),
        day=date(2027, 3, 9),
        form=Form.VIDEO,
    )
    async with HttpChannel(vault, GuardedTransport(LOOPBACK, tls=TLS), PUBLIC_URL) as channel:  # type: ignore[arg-type]
        await channel.update(server.agency, update)
    assert server.body() == {
        "type": "case_update",
        "case": REF,
        "version": 9,
        "changed": ["day_set"],
        "day": "2027-03-09",
        "form": "video",
    }
    assert vault.readers == []
    ((headers, _),) = server.requests
    assert headers["webhook-id"] == update.key
