"""Simulated agencies that work by e-mail: asked by a real mail, they answer on the real page that it leads to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.answers import InboxAnswers
from adapters.channels.email import EmailChannel
from adapters.channels.relay import Relay
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
from domain.vocabulary import AgencyKind
from ports.agencies import Unreachable
from tests.adapters.channels.links import REF, ask, cancellation
from tests.connections import dependencies_on
from tests.serving import served

pytestmark = pytest.mark.postgres

KEYS = new_keys()
DAY = 0.4
SENDER = "Casework <casework@service.example>"
VLO = next(agency for agency in sample_agencies("http://127.0.0.1:9", KEYS) if agency.id == "eastmoor-vlo")


@dataclass
class Post:
    """The way of a mail to the agency, and of its answer to the inbox."""

    pool: asyncpg.Pool
    channel: EmailChannel
    simulator: Simulator
    http: httpx.AsyncClient

    async def pending(self) -> PendingReply:
        """What the agency owes, as soon as it has read its mail."""
        async with asyncio.timeout(20):
            while not self.simulator.state.pending:  # noqa: ASYNC110 - the mail server tells nobody
                await asyncio.sleep(0.01)
        (pending,) = self.simulator.state.pending.values()
        return pending

    async def all_answered(self) -> None:
        """Wait until nothing is pending any more."""
        async with asyncio.timeout(20):
            while self.simulator.replying:  # noqa: ASYNC110 - answers end by themselves
                await asyncio.sleep(0.01)

    async def received(self) -> list[asyncpg.Record]:
        """What is in the inbox."""
        return await self.pool.fetch("select source, ref, message_id, record from inbox order by id")


@asynccontextmanager
async def the_page(pool: asyncpg.Pool) -> AsyncIterator[str]:
    """The address of the real page, with the real inbox behind it."""
    pages = AnswerPageServices(
        InboxAnswers(pool, lambda: None), "casework@service.example", lambda: datetime.now(UTC).date()
    )
    async with served(create_app(replace(await dependencies_on(pool), answer_page=pages))) as address:
        yield address


@pytest.fixture
async def post(dsn: str, tmp_path: Path) -> AsyncIterator[Post]:
    smtp_port = free_port()
    async with await open_pool(dsn) as pool, the_page(pool) as page:
        await PostgresDirectory(pool).save(VLO)
        agencies = create_simulator(KEYS, page, DAY, tmp_path / "state.json", smtp_port)
        links, relay = PostgresAnswerLinks(pool), Relay(HOST, smtp_port, security="none")
        channel = EmailChannel(relay, links, sender=SENDER, public_url=page, link_days=90)
        async with served(agencies), httpx.AsyncClient() as http:
            yield Post(pool, channel, agencies.state.simulator, http)


async def test_a_mail_is_answered_through_its_link_as_a_message_of_the_agency(post: Post) -> None:
    await post.channel.ask(VLO, ask())
    assert await post.received() == []
    link = (await post.pending()).link

    await post.all_answered()

    (message,) = await post.received()
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
    assert (await post.http.get(link)).status_code == httpx.codes.GONE


async def test_a_second_use_of_the_link_changes_nothing(post: Post) -> None:
    await post.channel.ask(VLO, ask())
    pending = await post.pending()
    page = (await post.http.get(pending.link)).text
    await post.all_answered()
    before = await post.received()

    await post.simulator.sender.send(pending)
    from_an_open_page = await post.http.post(pending.link, data=fill_in(page, pending.reply))

    assert from_an_open_page.status_code == httpx.codes.GONE
    assert await post.received() == before


async def test_an_ask_that_is_cancelled_by_mail_is_answered_no_more(post: Post) -> None:
    post.simulator.state.scenarios.by_case[REF] = {AgencyKind.VLO: Behaviour(Manner.PROMPT, after_days=30)}
    await post.channel.ask(VLO, ask())
    await post.pending()

    await post.channel.cancel(VLO, cancellation(ask()))

    await post.all_answered()
    assert await post.received() == []


async def test_who_needs_a_reminder_answers_through_the_link_of_the_reminder(post: Post) -> None:
    post.simulator.state.scenarios.by_case[REF] = {AgencyKind.VLO: Behaviour(Manner.NEEDS_REMINDER)}
    await post.channel.ask(VLO, ask())
    await post.channel.ask(VLO, ask(reminder=1))

    await post.pending()
    await post.all_answered()

    assert [message["record"]["event"] for message in await post.received()] == ["trace_answered"]


async def test_a_mailbox_that_nobody_has_is_refused_for_good_and_one_that_is_away_for_now(post: Post) -> None:
    nobody = replace(VLO, address="nobody@agencies.example")
    with pytest.raises(Unreachable) as refused:
        await post.channel.ask(nobody, ask())
    assert (refused.value.code, refused.value.permanent) == ("smtp 550", True)

    post.simulator.state.scenarios.by_case[REF] = {AgencyKind.VLO: Behaviour(Manner.UNAVAILABLE)}
    with pytest.raises(Unreachable) as away:
        await post.channel.ask(VLO, ask())
    assert (away.value.code, away.value.permanent) == ("smtp 451", False)
    assert await post.received() == []
