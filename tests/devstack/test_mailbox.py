"""Simulated agencies that work by email: asked by a real mail, they reply on the real page that it leads to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.answers import InboxAnswers
from adapters.channels.email import EmailChannel
from adapters.channels.relay import Relay
from adapters.clock import StackClock
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from api.app import create_app
from api.dependencies import AnswerPageServices
from devstack.agencies import Simulator, create_simulator
from devstack.directory import new_keys, sample_agencies
from devstack.form_filling import fill_in
from devstack.processes import HOST, free_port
from devstack.scenarios import Behaviour, Manner
from devstack.simulator_state import PendingReply
from domain.effects import ANSWERS
from domain.vocabulary import AgencyKind, WaitKind
from ports.agencies import Unreachable
from tests.adapters.channels.links import REF, ask, cancellation
from tests.connections import dependencies_on
from tests.devstack.simulator import reply_now
from tests.serving import serve_app
from tests.token_keys import TOKEN_KEY
from tests.waiting import until

pytestmark = pytest.mark.postgres

KEYS = new_keys()
SENDER = "Casework <casework@service.example>"
VLO = next(agency for agency in sample_agencies("http://127.0.0.1:9", KEYS) if agency.id == "eastmoor-vlo")


@dataclass
class MailExchange:
    """A mail to the agency, and its reply to the inbox."""

    pool: asyncpg.Pool
    channel: EmailChannel
    simulator: Simulator
    http: httpx.AsyncClient

    async def wait_for_reply(self) -> PendingReply:
        """The agency's reply, as soon as it has read its mail."""
        await until(lambda: self.simulator.state.pending)
        (pending,) = self.simulator.state.pending.values()
        return pending

    async def list_inbox(self) -> list[asyncpg.Record]:
        """What is in the inbox."""
        return await self.pool.fetch("select source, ref, message_id, record from inbox order by id")


@asynccontextmanager
async def answer_page(pool: asyncpg.Pool) -> AsyncIterator[str]:
    """The address of the real page, with the real inbox behind it."""
    pages = AnswerPageServices(
        InboxAnswers(pool, TOKEN_KEY, lambda: None), "casework@service.example", StackClock().today
    )
    async with serve_app(create_app(replace(await dependencies_on(pool), answer_page=pages))) as address:
        yield address


@pytest.fixture
async def exchange(dsn: str, tmp_path: Path) -> AsyncIterator[MailExchange]:
    smtp_port = free_port()
    async with await open_pool(dsn) as pool, answer_page(pool) as page:
        await PostgresDirectory(pool).save(VLO)
        agencies = create_simulator(KEYS, page, StackClock().read, tmp_path / "state.json", smtp_port)
        links, relay = PostgresAnswerLinks(pool), Relay(HOST, smtp_port, security="none")
        areas = PostgresAreaSettings(pool).get
        channel = EmailChannel(relay, links, areas, TOKEN_KEY, sender=SENDER, public_url=page, link_days=90, phone="")
        async with serve_app(agencies), httpx.AsyncClient() as http:
            yield MailExchange(pool, channel, agencies.state.simulator, http)


async def test_a_mail_is_answered_through_its_link_as_a_message_of_the_agency(exchange: MailExchange) -> None:
    await exchange.channel.ask(VLO, ask())
    assert await exchange.list_inbox() == []
    link = (await exchange.wait_for_reply()).link

    await reply_now(exchange.simulator)

    (message,) = await exchange.list_inbox()
    assert (message["source"], message["ref"], message["record"]["event"]) == (
        f"agency:{VLO.id}",
        REF,
        "trace_answered",
    )
    assert message["message_id"].startswith("link-")
    assert message["record"]["data"] == {
        "answer": "found",
        "whereabouts": "community_supervised",
        "responsible_agency": "probation",
    }
    answered = await exchange.http.get(link)
    assert answered.status_code == httpx.codes.OK
    assert 'value="concern"' in answered.text
    assert 'value="found"' not in answered.text


@pytest.mark.parametrize("question", ANSWERS)
async def test_each_question_is_answered_through_its_link(exchange: MailExchange, question: WaitKind) -> None:
    await exchange.channel.ask(VLO, ask(question))
    await exchange.wait_for_reply()

    await reply_now(exchange.simulator)

    assert [message["record"]["event"] for message in await exchange.list_inbox()] == [ANSWERS[question].name]


async def test_a_second_use_of_the_link_changes_nothing(exchange: MailExchange) -> None:
    await exchange.channel.ask(VLO, ask())
    pending = await exchange.wait_for_reply()
    page = (await exchange.http.get(pending.link)).text
    await reply_now(exchange.simulator)
    before = await exchange.list_inbox()

    await exchange.simulator.sender.send(pending)
    from_an_open_page = await exchange.http.post(pending.link, data=fill_in(page, pending.reply))

    assert from_an_open_page.status_code == httpx.codes.GONE
    assert await exchange.list_inbox() == before


async def test_an_ask_that_is_cancelled_by_mail_is_answered_no_more(exchange: MailExchange) -> None:
    exchange.simulator.state.scenarios.by_case[REF] = {AgencyKind.VLO: Behaviour(Manner.PROMPT, after_days=30)}
    await exchange.channel.ask(VLO, ask())
    await exchange.wait_for_reply()

    await exchange.channel.cancel(VLO, cancellation(ask()))

    await reply_now(exchange.simulator)
    assert await exchange.list_inbox() == []


async def test_who_needs_a_reminder_answers_through_the_link_of_the_reminder(exchange: MailExchange) -> None:
    exchange.simulator.state.scenarios.by_case[REF] = {AgencyKind.VLO: Behaviour(Manner.NEEDS_REMINDER)}
    await exchange.channel.ask(VLO, ask())
    await exchange.channel.ask(VLO, ask(reminder=1))

    await exchange.wait_for_reply()
    await reply_now(exchange.simulator)

    assert [message["record"]["event"] for message in await exchange.list_inbox()] == ["trace_answered"]


async def test_a_mailbox_that_nobody_has_is_refused_for_good_and_an_unavailable_one_for_now(
    exchange: MailExchange,
) -> None:
    nobody = replace(VLO, address="nobody@agencies.example")
    with pytest.raises(Unreachable) as refused:
        await exchange.channel.ask(nobody, ask())
    assert (refused.value.code, refused.value.permanent) == ("smtp 550", True)

    exchange.simulator.state.scenarios.by_case[REF] = {AgencyKind.VLO: Behaviour(Manner.UNAVAILABLE)}
    with pytest.raises(Unreachable) as away:
        await exchange.channel.ask(VLO, ask())
    assert (away.value.code, away.value.permanent) == ("smtp 451", False)
    assert await exchange.list_inbox() == []
