"""Answers that come by a link or from a register: stored as a webhook's, once, and never lost on the way."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from adapters.channels.answer_links import PostgresAnswerLinks, find_link
from adapters.channels.answers import InboxAnswers
from adapters.clock import StackClock
from adapters.postgres.asks import PostgresAsks
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.vault import PostgresVault
from domain.vocabulary import WaitKind
from ports.agencies import Attempt, AttemptOutcome
from ports.answer_links import LinkAnswer, LinkState
from ports.directory import AgencyEdit
from tests.adapters.channels.links import REF, VLO, ask, cancellation
from tests.conftest import empty_database
from tests.token_keys import TOKEN_KEY
from workflows.agency_messages import InvalidMessage, MessageProblem

pytestmark = pytest.mark.postgres

LONDON = ZoneInfo("Europe/London")
FOUND = LinkAnswer("trace_answered", {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"})
NEEDS_TIME = LinkAnswer("offender_answered", {"answer": "needs_time"}, final=False)


class StoredAnswers:
    """The answers, what was stored by them, and how often delivery was woken."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.links = PostgresAnswerLinks(pool)
        self.woken = 0
        self.answers = InboxAnswers(pool, TOKEN_KEY, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    async def link(self, question: WaitKind = WaitKind.TRACE, reminder: int = 0) -> str:
        return (await self.links.create(VLO, ask(question, reminder=reminder), 30)).token

    async def messages(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch("select * from inbox order by id")]

    async def state(self, token: str) -> LinkState:
        link = await find_link(self.pool, token)
        assert link is not None
        return link.state


@pytest.fixture
async def answers(shared_pool: asyncpg.Pool) -> AsyncIterator[StoredAnswers]:
    await PostgresDirectory(shared_pool).save(VLO)
    yield StoredAnswers(shared_pool)
    await empty_database(shared_pool)


async def test_an_answer_is_stored_as_if_it_had_come_by_webhook(answers: StoredAnswers) -> None:
    await answers.answers.accept(VLO, "register-1", REF, FOUND.event, FOUND.data, "Please ring before Thursday.")

    (message,) = await answers.messages()
    assert (message["source"], message["message_id"], message["ref"]) == ("agency:eastmoor-vlo", "register-1", REF)
    assert message["record"] == {
        "event": "trace_answered",
        "data": FOUND.data,
        "by": {"role": "agency", "id": "eastmoor-vlo", "kind": "vlo", "area": "eastmoor"},
    }
    note = await answers.pool.fetchrow("select text, written_by from vault.notes where id::text = $1", message["note"])
    assert note is not None
    assert tuple(note) == ("Please ring before Thursday.", "agency:eastmoor-vlo")
    assert answers.woken == 1


async def test_an_answer_that_is_taken_twice_is_stored_once(answers: StoredAnswers) -> None:
    for _ in range(2):
        await answers.answers.accept(VLO, "register-1", REF, FOUND.event, FOUND.data)

    assert len(await answers.messages()) == 1
    assert answers.woken == 1


@pytest.mark.parametrize(
    ("event", "data", "problem"),
    [
        ("trace_answered", {}, MessageProblem.MISSING_FIELD),
        ("trace_answered", {"answer": "found", "where": "x"}, MessageProblem.UNKNOWN_FIELD),
        ("trace_answered", {"answer": "perhaps"}, MessageProblem.UNREADABLE),
        ("trace_answered", {"answer": "ambiguous", "candidates": "Sam or Kim"}, MessageProblem.FREE_TEXT),
        ("request_screened", {"answer": "proceed"}, MessageProblem.NOT_BY_THIS_SENDER),
        ("no_such_event", {}, MessageProblem.UNKNOWN_EVENT),
    ],
)
async def test_what_a_webhook_could_not_say_is_not_taken_here_either(
    answers: StoredAnswers, event: str, data: dict[str, str], problem: MessageProblem
) -> None:
    with pytest.raises(InvalidMessage) as caught:
        await answers.answers.accept(VLO, "register-1", REF, event, data)

    assert caught.value.problem is problem
    assert await answers.messages() == []


async def test_a_link_knows_what_it_asks_and_works_to_the_end_of_its_last_day(answers: StoredAnswers) -> None:
    earliest = StackClock().today()
    opened = await answers.links.create(VLO, ask(reminder=2), 30)
    link = await answers.answers.find_link(opened.token)

    assert link is not None
    assert (link.ask, link.ref, link.agency) == (ask().key, REF, "eastmoor-vlo")
    assert (link.question, link.wait, link.due_on) == (WaitKind.TRACE, "trace:vlo", ask().due_on)
    assert earliest <= link.last_day - timedelta(days=30) <= StackClock().today()
    assert link.expires_at == datetime.combine(link.last_day + timedelta(days=1), time(), LONDON)
    assert opened.last_day == link.last_day
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", opened.token)


async def test_every_token_is_another(answers: StoredAnswers) -> None:
    assert len({await answers.link() for _ in range(20)}) == 20


async def test_a_token_that_was_never_given_out_is_nobody_s(answers: StoredAnswers) -> None:
    await answers.link()

    for token in ("", "x" * 43, "\udcff", "a\0b", "ż" * 1000):
        assert await answers.answers.find_link(token) is None
        assert not await answers.answers.answer(token, VLO, FOUND)


async def test_an_answer_by_a_link_is_stored_and_uses_every_link_of_its_ask(answers: StoredAnswers) -> None:
    first, reminder = await answers.link(), await answers.link(reminder=1)
    other = await answers.link(WaitKind.AGENCY_CHECK)

    assert await answers.answers.answer(reminder, VLO, FOUND)

    (message,) = await answers.messages()
    assert (message["source"], message["ref"], message["record"]["data"]) == ("agency:eastmoor-vlo", REF, FOUND.data)
    assert [await answers.state(token) for token in (first, reminder, other)] == ["answered", "answered", "live"]
    assert answers.woken == 1
    link = await answers.answers.find_link(first)
    assert link is not None
    assert link.message_id == message["message_id"]


async def test_an_answered_link_takes_no_second_answer(answers: StoredAnswers) -> None:
    token = await answers.link()

    assert await answers.answers.answer(token, VLO, FOUND)
    assert not await answers.answers.answer(token, VLO, LinkAnswer("trace_answered", {"answer": "not_found"}, seen=1))
    assert len(await answers.messages()) == 1


async def test_of_many_who_answer_at_once_one_does(answers: StoredAnswers) -> None:
    tokens = [await answers.link(reminder=number) for number in range(4)]
    answered = await asyncio.gather(*(answers.answers.answer(token, VLO, FOUND) for token in tokens * 5))

    assert sorted(answered) == [False] * 19 + [True]
    assert len(await answers.messages()) == 1


async def test_an_answer_that_cannot_be_stored_uses_nothing_up(answers: StoredAnswers) -> None:
    token = await answers.link()
    await answers.pool.execute("alter table inbox add constraint never check (id < 0)")
    with pytest.raises(asyncpg.CheckViolationError):
        await answers.answers.answer(token, VLO, FOUND)
    await answers.pool.execute("alter table inbox drop constraint never")

    assert await answers.state(token) is LinkState.LIVE
    assert answers.woken == 0
    assert await answers.answers.answer(token, VLO, FOUND)


async def test_an_expired_link_takes_no_answer_and_another_of_its_ask_does(answers: StoredAnswers) -> None:
    old = await answers.link()
    await answers.pool.execute("update answer_links set expires_at = now()")
    fresh = await answers.link(reminder=1)

    assert await answers.state(old) is LinkState.EXPIRED
    assert not await answers.answers.answer(old, VLO, FOUND)
    assert await answers.answers.answer(fresh, VLO, FOUND)


async def test_a_corrected_address_revokes_the_links_that_were_sent_to_the_old_one(answers: StoredAnswers) -> None:
    token, directory = await answers.link(), PostgresDirectory(answers.pool)
    await directory.edit(VLO.id, AgencyEdit(contact="Duty desk"), "staff:op")
    assert await answers.state(token) == "live"

    await directory.edit(VLO.id, AgencyEdit(address="liaison@eastmoor.example"), "staff:op")

    assert await answers.state(token) == "revoked"
    assert not await answers.answers.answer(token, VLO, FOUND)
    assert await answers.messages() == []
    corrected = await directory.get_by_id(VLO.id)
    assert corrected is not None
    fresh = (await answers.links.create(corrected, ask(), 30)).token
    assert (await answers.state(token), await answers.state(fresh)) == ("revoked", "live")


@pytest.mark.parametrize("outcome", [AttemptOutcome.DELIVERED, AttemptOutcome.FAILED, AttemptOutcome.PAUSED])
async def test_a_cancellation_ends_every_link_whether_or_not_its_mail_arrives(
    answers: StoredAnswers, outcome: AttemptOutcome
) -> None:
    token = await answers.link()
    await PostgresAsks(answers.pool).record_attempt(cancellation(ask()), Attempt(outcome))
    later = await answers.link(reminder=1)

    assert [await answers.state(link) for link in (token, later)] == ["cancelled", "cancelled"]
    assert not await answers.answers.answer(token, VLO, FOUND)
    assert await answers.messages() == []


async def test_a_request_for_more_time_leaves_the_link_usable(answers: StoredAnswers) -> None:
    token, reminder = await answers.link(WaitKind.OFFENDER_ANSWER), await answers.link(WaitKind.OFFENDER_ANSWER, 1)

    assert await answers.answers.answer(token, VLO, NEEDS_TIME)
    assert await answers.state(token) is LinkState.LIVE
    assert not await answers.answers.answer(reminder, VLO, NEEDS_TIME)
    later = await answers.link(WaitKind.OFFENDER_ANSWER, 2)
    willing = LinkAnswer("offender_answered", {"answer": "willing"}, seen=1)
    assert await answers.answers.answer(later, VLO, willing)

    assert [await answers.state(link) for link in (token, reminder, later)] == ["answered"] * 3
    assert [message["record"]["data"]["answer"] for message in await answers.messages()] == ["needs_time", "willing"]


async def test_of_many_requests_for_more_time_at_once_one_counts(answers: StoredAnswers) -> None:
    token = await answers.link(WaitKind.OFFENDER_ANSWER)
    answered = await asyncio.gather(*(answers.answers.answer(token, VLO, NEEDS_TIME) for _ in range(8)))

    assert answered.count(True) == len(await answers.messages()) == 1


async def test_a_reminder_after_an_answer_that_the_case_could_not_use_lets_the_agency_answer_again(
    answers: StoredAnswers,
) -> None:
    first = await answers.link()
    await answers.answers.answer(first, VLO, FOUND)
    fresh = await answers.link(reminder=1)

    assert [await answers.state(link) for link in (first, fresh)] == ["answered", "live"]
    assert await answers.answers.answer(fresh, VLO, FOUND)


@pytest.mark.parametrize("question", [WaitKind.TRACE, WaitKind.AGENCY_CHECK, WaitKind.APPROACH])
async def test_the_offender_is_named_where_the_question_needs_it(answers: StoredAnswers, question: WaitKind) -> None:
    details = {"name": "Sam Example", "date_of_birth": "1990-12-31", "address": "1 Mill Lane"}
    await PostgresVault(answers.pool).save_offender(REF, details, by="import:test")
    link = await answers.answers.find_link(await answers.link(question))

    assert link is not None
    assert await answers.answers.get_offender(link) == {"name": "Sam Example", "date_of_birth": "1990-12-31"}
    readers = await answers.pool.fetch("select what, action, by from vault.access_log where ref = $1", REF)
    assert [tuple(row) for row in readers] == [("offender", "read", f"agency:{link.agency}")]


@pytest.mark.parametrize("question", [WaitKind.OFFENDER_ANSWER, WaitKind.ASSESSMENT])
async def test_later_the_reference_says_it(answers: StoredAnswers, question: WaitKind) -> None:
    await PostgresVault(answers.pool).save_offender(REF, {"name": "Sam Example"}, by="import:test")
    link = await answers.answers.find_link(await answers.link(question))

    assert link is not None
    assert await answers.answers.get_offender(link) == {}
