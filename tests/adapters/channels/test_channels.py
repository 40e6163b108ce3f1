"""Which channel an agency is asked by, and which of them the settings set up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
from fastapi import FastAPI, Request
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.channels.factories import AgencyChannels, open_channels
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.keys import PostgresKeys
from devstack.certificates import load_certificates
from devstack.register import create_register
from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from ports.agencies import Agency, ChannelName, Unreachable
from settings import Settings
from tests.conftest import empty_database
from tests.fakes import MemoryChannel
from tests.mailbox import mailbox
from tests.registers import API_KEY, serve_tls
from tests.serving import LOOPBACK, serve_app
from tests.token_keys import TOKEN_KEY_SETTING

REF = CaseRef("RJ-7Q2K-9F3M")
ASK = Ask(f"{REF}.3.trace:prison", REF, "eastmoor", AgencyRef("prison"), WaitKind.TRACE, date(2027, 3, 1))
Received = tuple[bytes, dict[str, str]]
CANCELLATION = CancelAsk(f"{ASK.key}.cancel", REF, "eastmoor", ASK.agency, ASK.key)
AGENCY = Agency("eastmoor-prison", "prison", "eastmoor", "HMP Eastmoor", our_keys=("whsec_b3Vycw==",))


async def test_each_agency_is_asked_by_its_own_channel() -> None:
    http, email = MemoryChannel(), MemoryChannel()
    channels = AgencyChannels({ChannelName.HTTP: http, ChannelName.EMAIL: email})
    by_email = replace(AGENCY, channel=ChannelName.EMAIL)
    await channels.ask(replace(AGENCY, channel=ChannelName.HTTP), ASK)
    await channels.cancel(by_email, CANCELLATION)

    assert (http.asked, http.cancelled, email.asked, email.cancelled) == ([ASK], [], [], [CANCELLATION])
    assert await channels.ping(by_email) == "taken"


async def test_a_channel_that_is_not_set_up_may_be_so_later_and_the_log_says_which() -> None:
    channels, agency = AgencyChannels({}), replace(AGENCY, channel=ChannelName.EMAIL)
    for reach in (channels.ask(agency, ASK), channels.cancel(agency, CANCELLATION), channels.ping(agency)):
        with structlog.testing.capture_logs() as lines, pytest.raises(Unreachable) as raised:
            await reach

        assert (raised.value.code, raised.value.permanent) == ("not_configured", False)
        assert [(line["event"], line["channel"], line["agency"]) for line in lines] == [
            ("channel.not_configured", "email", AGENCY.id)
        ]


@asynccontextmanager
async def open_all(pool: asyncpg.Pool, **settings: Any) -> AsyncIterator[AgencyChannels]:
    chosen = Settings(
        token_key=TOKEN_KEY_SETTING,
        database_url=SecretStr("postgresql://unused"),
        allowed_networks=LOOPBACK,
        **settings,
    )
    async with open_channels(chosen, pool) as channels:
        yield channels


@pytest.mark.postgres
async def test_without_settings_agencies_are_reached_over_http_only(shared_pool: asyncpg.Pool) -> None:
    app = FastAPI(openapi_url=None)
    app.post("/asks", status_code=202)(lambda: {"taken": True})
    async with serve_app(app) as url, open_all(shared_pool) as channels:
        said = await channels.ping(replace(AGENCY, channel=ChannelName.HTTP, address=f"{url}/asks"))
        for name in (ChannelName.EMAIL, ChannelName.HMPPS):
            with pytest.raises(Unreachable, match="not_configured"):
                await channels.ping(replace(AGENCY, channel=name))

    assert said == 'status 202: {"taken":true}'


@pytest.mark.postgres
async def test_our_key_rotates_without_an_ask_that_the_agency_cannot_verify(shared_pool: asyncpg.Pool) -> None:
    """As long as both keys count, each ask verifies by the old one alone, and by the new one alone."""
    app, received, directory = FastAPI(openapi_url=None), list[Received](), PostgresDirectory(shared_pool)

    @app.post("/asks")
    async def take(request: Request) -> None:
        received.append((await request.body(), dict(request.headers)))

    async with serve_app(app) as url, open_all(shared_pool) as channels:

        async def send_ask() -> Received:
            agency = await directory.get_by_id(AGENCY.id)
            assert agency is not None
            await channels.ask(agency, ASK)
            return received[-1]

        await directory.save(replace(AGENCY, channel=ChannelName.HTTP, address=f"{url}/asks"))
        (old,) = AGENCY.our_keys
        before = await send_ask()
        new = (await PostgresKeys(shared_pool).rotate(AGENCY.id, "ours", timedelta(days=7), "staff:op")).key
        between = await send_ask()
        await shared_pool.execute("update agency_keys set until = now() where until is not null")
        after = await send_ask()
    await empty_database(shared_pool)

    assert [verifies(old, request) for request in (before, between, after)] == [True, True, False]
    assert [verifies(new, request) for request in (before, between, after)] == [False, True, True]


def verifies(key: str, received: Received) -> bool:
    """Whether an agency that knows `key` alone takes what it received."""
    try:
        Webhook(key).verify(*received)
    except WebhookVerificationError:
        return False
    return True


@pytest.mark.postgres
async def test_with_a_relay_agencies_are_reached_by_e_mail(shared_pool: asyncpg.Pool) -> None:
    async with (
        mailbox() as box,
        open_all(shared_pool, smtp_host="127.0.0.1", smtp_port=box.port, smtp_security="none") as channels,
    ):
        await channels.ping(replace(AGENCY, channel=ChannelName.EMAIL, address="asks@prison.example"))

    assert [message["To"] for message in box.messages] == ["asks@prison.example"]


@pytest.mark.postgres
async def test_with_its_certificate_and_key_the_register_is_reached(shared_pool: asyncpg.Pool, tmp_path: Path) -> None:
    made = load_certificates(tmp_path)
    opening = {"hmpps_cert": made.client, "hmpps_key": made.client_key, "hmpps_ca": made.ca}
    register = replace(AGENCY, channel=ChannelName.HMPPS)
    async with serve_tls(create_register(API_KEY), made) as url:
        register = replace(register, address=url)
        async with open_all(shared_pool, **opening, hmpps_api_key=SecretStr(API_KEY)) as channels:
            assert "the register accepts" in await channels.ping(register)
        async with open_all(shared_pool, **opening) as channels:
            with pytest.raises(Unreachable, match="not_configured"):
                await channels.ping(register)
