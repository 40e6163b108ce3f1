"""Asks by email, through a real mail server: what they say, what they never say, and what a refusal means."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import asyncpg
import pytest

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.email import ASK_HEADER, EmailChannel
from adapters.channels.mail import message_id
from adapters.channels.relay import Relay
from adapters.clock import StackClock
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.vault import PostgresVault
from domain.agency_updates import CaseUpdate, EndOutcome, UpdateKind
from domain.days import format_day
from domain.effects import ANSWERS
from domain.vocabulary import WaitKind
from domain.wording.agencies import QUESTIONS
from ports.agencies import Unreachable
from ports.answer_links import last_day
from ports.area_settings import AreaSettings
from ports.token_key import TokenKey
from tests.adapters.channels.links import REF, VLO, ask, cancellation, token_in
from tests.api.accessible import contrast
from tests.api.answering import Page
from tests.conftest import empty_database
from tests.mailbox import Mailbox, mailbox
from tests.token_keys import TOKEN_KEY

pytestmark = pytest.mark.postgres

MARK = "Zebulon"
"""Is in every personal detail of this case, and must be in no mail."""


@dataclass
class EmailedAgency:
    """The agency's mailbox, and the channel that writes to it."""

    channel: EmailChannel
    box: Mailbox
    pool: asyncpg.Pool


@pytest.fixture
async def agency(shared_pool: asyncpg.Pool) -> AsyncIterator[EmailedAgency]:
    await PostgresDirectory(shared_pool).save(VLO)
    async with mailbox() as box:
        relay = Relay("127.0.0.1", box.port, security="none")
        channel = EmailChannel(
            relay,
            PostgresAnswerLinks(shared_pool),
            PostgresAreaSettings(shared_pool).get,
            TOKEN_KEY,
            sender="Casework <casework@rj.example>",
            public_url="https://casework.example/",
            link_days=30,
            phone="01632 960070",
        )
        yield EmailedAgency(channel, box, shared_pool)
    await empty_database(shared_pool)


async def test_an_ask_says_what_is_asked_by_when_and_where_to_answer(agency: EmailedAgency) -> None:
    await agency.channel.ask(VLO, ask())

    (message,) = agency.box.messages
    assert message["Subject"] == f"Reply needed by 1 March 2027: trace, case {REF}"
    assert (message["From"], message["To"]) == ("Casework <casework@rj.example>", "vlo@eastmoor.example")
    for written in (agency.box.text(), agency.box.html()):
        assert "Eastmoor Victim Liaison" in written
        assert "1 March 2027" in written
        assert QUESTIONS[WaitKind.TRACE].asked in " ".join(written.split())
        assert f"https://casework.example/answer/{token_in(agency.box)}" in written


async def test_an_ask_says_for_which_agency_and_how_long_the_link_works_and_who_to_contact(
    agency: EmailedAgency,
) -> None:
    earliest = StackClock().today()
    await agency.channel.ask(VLO, ask())

    expires_at = await agency.pool.fetchval("select expires_at from answer_links")
    assert earliest <= last_day(expires_at) - timedelta(days=30) <= StackClock().today()
    for written in (agency.box.text(), agency.box.html()):
        words = " ".join(written.split())
        assert "The link is only for your agency." in words
        assert f"It takes one answer, until the end of {format_day(last_day(expires_at))}." in words
        assert "reply to this email, or write to casework@rj.example with the reference" in words


@pytest.mark.parametrize("question", ANSWERS)
async def test_every_question_has_words_of_its_own(agency: EmailedAgency, question: WaitKind) -> None:
    await agency.channel.ask(VLO, ask(question))

    assert QUESTIONS[question].topic in agency.box.messages[0]["Subject"]
    assert QUESTIONS[question].asked in " ".join(agency.box.text().split())


async def test_an_assessment_says_that_the_agency_assesses_the_offender_only(agency: EmailedAgency) -> None:
    """1.10."""
    await agency.channel.ask(VLO, ask(WaitKind.ASSESSMENT))
    assert "Assess this person only: we assess the victim ourselves." in " ".join(agency.box.text().split())


async def test_no_mail_says_anything_personal(agency: EmailedAgency) -> None:
    vault = PostgresVault(agency.pool)
    await vault.save_offender(REF, {"name": f"Sam {MARK}", "date_of_birth": "1990-12-31"}, by="import:test")
    await vault.save_victim(REF, {"name": f"Kim {MARK}", "email": f"{MARK}@example.org"}, by="import:test")
    for question in ANSWERS:
        await agency.channel.ask(VLO, ask(question))
        await agency.channel.ask(VLO, ask(question, reminder=1))
    await agency.channel.cancel(VLO, cancellation(ask()))
    await agency.channel.ping(VLO)

    assert len(agency.box.messages) == 2 * len(ANSWERS) + 2
    for number, message in enumerate(agency.box.messages):
        everything = f"{message.items()} {agency.box.text(number)} {agency.box.html(number)}"
        assert MARK.lower() not in everything.lower()
        # In full: four digits alone come up by chance in tokens and boundaries.
        assert "1990-12-31" not in everything
        assert "December 1990" not in everything


async def test_a_repeat_can_be_recognised_and_brings_a_link_of_its_own(agency: EmailedAgency) -> None:
    await agency.channel.ask(VLO, ask())
    await agency.channel.ask(VLO, ask())

    first, again = agency.box.messages
    assert first["Message-ID"] == again["Message-ID"]
    assert first[ASK_HEADER] == again[ASK_HEADER] == ask().key
    assert token_in(agency.box, 0) != token_in(agency.box, 1)


async def test_the_id_of_an_email_tells_nothing_and_cannot_be_guessed_without_the_key(agency: EmailedAgency) -> None:
    """2.7, for agencies as for victims."""
    await agency.channel.ask(VLO, ask())
    sender, (message,) = "Casework <casework@rj.example>", agency.box.messages
    assert message["Message-ID"] != message_id(ask().key, sender)
    assert message["Message-ID"] != message_id(TokenKey(b"another").make_mail_token(ask().key), sender)
    assert message["Message-ID"] == message_id(TOKEN_KEY.make_mail_token(ask().key), sender)


async def test_a_reminder_is_in_the_thread_of_the_mail_it_reminds_of(agency: EmailedAgency) -> None:
    await agency.channel.ask(VLO, ask())
    await agency.channel.ask(VLO, ask(reminder=2))

    first, reminder = agency.box.messages
    assert reminder["Subject"] == f"Reminder 2: {first['Subject']}"
    assert reminder["In-Reply-To"] == reminder["References"] == first["Message-ID"]
    assert reminder["Message-ID"] != first["Message-ID"]
    assert "This is reminder 2. We have not had an answer yet." in agency.box.text()
    assert "reminder" not in agency.box.text(0).partition("Questions")[0].replace("A reminder has a new link", "")


async def test_a_cancellation_says_that_there_is_nothing_left_to_do(agency: EmailedAgency) -> None:
    await agency.channel.ask(VLO, ask())
    await agency.channel.cancel(VLO, cancellation(ask()))

    asked, cancelled = agency.box.messages
    assert cancelled["Subject"] == f"No reply needed: case {REF}"
    assert cancelled["In-Reply-To"] == asked["Message-ID"]
    for written in (agency.box.text(), agency.box.html()):
        assert "There is nothing left for you to do" in " ".join(written.split())
        assert "they still take one thing: a concern" in " ".join(written.split())
        assert "/answer/" not in written


async def test_a_ping_asks_nothing_and_shows_what_the_relay_answered(agency: EmailedAgency) -> None:
    assert await agency.channel.ping(VLO) == "the relay took it: 2.0.0 Ok: queued as 4F2A"
    await agency.channel.ping(VLO)

    assert "This is a test." in agency.box.text()
    assert "/answer/" not in agency.box.text() + agency.box.html()
    assert agency.box.messages[0]["Message-ID"] != agency.box.messages[1]["Message-ID"]


async def test_no_machine_answers_a_mail(agency: EmailedAgency) -> None:
    await agency.channel.ask(VLO, ask())

    assert agency.box.messages[0]["Auto-Submitted"] == "auto-generated"


async def test_a_mail_can_be_read_by_a_screen_reader_and_on_a_phone(agency: EmailedAgency) -> None:
    await agency.channel.ask(VLO, ask())
    await agency.channel.cancel(VLO, cancellation(ask()))
    await agency.channel.ping(VLO)

    for number, message in enumerate(agency.box.messages):
        page = Page(agency.box.html(number))
        assert page.one("html")["lang"] == "en-GB"
        assert page.title == message["Subject"]
        assert page.heading
        assert page.one("meta", name="viewport")["content"] == "width=device-width, initial-scale=1"
        for colour in re.findall(r"(?<!-)color: (#[0-9a-f]{6})", agency.box.html(number)):
            assert contrast(colour, "#ffffff") >= 4.5
    assert Page(agency.box.html(0)).one("a").text == "Answer on this page"


async def test_a_name_is_text_and_never_markup(agency: EmailedAgency) -> None:
    await agency.channel.ask(replace(VLO, name="A <b>bold</b> & fine agency"), ask())

    assert "A &lt;b&gt;bold&lt;/b&gt; &amp; fine agency" in agency.box.html()
    assert "A <b>bold</b> & fine agency" in agency.box.text()


async def test_nobody_who_reads_the_database_can_use_a_link(agency: EmailedAgency) -> None:
    await agency.channel.ask(VLO, ask())

    (row,) = await agency.pool.fetch("select answer_links::text as all from answer_links")
    assert token_in(agency.box) not in row["all"]


@pytest.mark.parametrize(
    ("answer", "permanent"), [("550 5.1.1 No such user", True), ("451 4.7.1 Try again later", False)]
)
async def test_an_address_that_is_refused_for_good_is_told_from_a_passing_refusal(
    agency: EmailedAgency, answer: str, permanent: bool
) -> None:
    agency.box.refusals["RCPT"] = answer
    for send in (agency.channel.ask(VLO, ask()), agency.channel.cancel(VLO, cancellation(ask()))):
        with pytest.raises(Unreachable) as caught:
            await send
        assert (caught.value.code, caught.value.permanent) == (f"smtp {answer[:3]}", permanent)


async def test_an_address_that_is_none_is_refused_for_good(agency: EmailedAgency) -> None:
    with pytest.raises(Unreachable) as caught:
        await agency.channel.ask(replace(VLO, address="vlo@eastmoor.example,all@elsewhere.example"), ask())

    assert (caught.value.code, caught.value.permanent) == ("bad_address", True)
    assert agency.box.messages == []


async def test_an_update_by_email_has_no_person_and_no_link(agency: EmailedAgency) -> None:
    """3.1c."""
    await PostgresVault(agency.pool).save_offender(REF, {"name": f"Sam {MARK}"}, by="import:test")
    kinds = (UpdateKind.DAY_CANCELLED, UpdateKind.ENDED)
    outcome = EndOutcome.NO_CONTACT
    day = date(2027, 3, 9)
    await agency.channel.update(
        VLO, CaseUpdate(f"{REF}.9.update.vlo", REF, "eastmoor", "vlo", 9, kinds, day=day, outcome=outcome)
    )
    (message,) = agency.box.messages
    assert message["Subject"] == f"News of case {REF}"
    for written in (agency.box.text(), agency.box.html()):
        words = " ".join(written.split())
        assert "The day that was set, 9 March 2027, is cancelled." in words
        assert "The case has ended. Contact did not take place." in words
        assert "/answer/" not in words
        assert MARK not in words


@pytest.mark.parametrize(("area", "number"), [("eastmoor", "01632 960071"), ("westhaven", "01632 960070")])
async def test_an_update_by_email_names_the_number_to_ring(agency: EmailedAgency, area: str, number: str) -> None:
    """3.1c: the area's own number, or that of the installation."""
    await PostgresAreaSettings(agency.pool).save(AreaSettings("eastmoor", phone="01632 960071"), "o.haddad")
    kinds = (UpdateKind.DAY_CANCELLED,)
    await agency.channel.update(
        VLO, CaseUpdate(f"{REF}.9.update.vlo", REF, area, "vlo", 9, kinds, day=date(2027, 3, 9))
    )
    assert f"ring us on {number}, or write to" in " ".join(agency.box.text().split())
    assert f"ring us on <strong>{number}</strong>, or write to" in agency.box.html()
