"""The page on which an agency answers an email, over real HTTP, with the real links, inbox and vault behind it."""

import asyncio
import base64
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.answers import InboxAnswers
from adapters.channels.email import EmailChannel
from adapters.channels.relay import Relay
from adapters.clock import StackClock
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.asks import PostgresAsks
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.vault import PostgresVault
from api.app import create_app
from api.dependencies import AnswerPageServices
from api.pages import STYLE
from api_dependencies import create_dependencies
from domain.days import format_day, to_london_day
from domain.effects import ANSWERS
from domain.vocabulary import WaitKind
from domain.wording.agencies import QUESTIONS
from ports.agencies import Attempt, AttemptOutcome
from ports.directory import AgencyEdit
from settings import Settings
from tests.adapters.channels.links import REF, VLO, ask, cancellation
from tests.api.accessible import contrast, require_accessible, rules
from tests.api.answering import Page, fill_in
from tests.conftest import empty_database
from tests.connections import UNREACHABLE, dependencies_on, unreachable
from tests.mailbox import mailbox
from tests.serving import serve_app
from tests.token_keys import TOKEN_KEY, TOKEN_KEY_SETTING
from workflows.clock import CaseClock

pytestmark = pytest.mark.postgres

TODAY = date(2027, 1, 15)
AGENCY = replace(VLO, name="Eastmoor <Victim> Liaison & Co")
OFFENDER = {"name": "Sam <b>Example</b>", "date_of_birth": "1990-12-31", "address": "1 Mill Lane"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
OFFENDER_ANSWER = WaitKind.OFFENDER_ANSWER

ENDED_CASE = """
insert into cases (
    ref, version, area, stage, step, received_at, on_hold, assigned_to, rules, policy, initiated_by, incident, state,
    ended_on
)
values ($1, 9, 'eastmoor', 'declined', 'closed', now(), false, '', 1, 'adult', 'victim', '', '{}', current_date)
"""

Entered = Mapping[str, str | list[str]]

RETURNED: Any = ("ask_returned", {})
ASSESSED = {"whose": "offender"}
CUSTODY = {"whereabouts": "custody", "responsible_agency": "prison"}
DIED: Any = ("died", {}, "death_reported", {"whose": "offender"})
MOVED: Any = (
    "moved",
    {"moved-whereabouts": "custody", "moved-responsible_agency": "prison"},
    "circumstances_changed",
    {"change": "moved", **CUSTODY},
)
WITHDRAWN: Any = ("withdrawn", {}, "withdrawn", {"whose": "offender"})
UNTIL = {"needs_time-until-day": "27", "needs_time-until-month": "3", "needs_time-until-year": "2027"}
NOT_BEFORE = {
    "no_objection-not_before-day": "27",
    "no_objection-not_before-month": "3",
    "no_objection-not_before-year": "2027",
}
REVIEW = {"not_yet-review_on-day": "1", "not_yet-review_on-month": "2", "not_yet-review_on-year": "2027"}

CASES: dict[WaitKind, list[tuple[str, Entered, str, dict[str, Any]]]] = {
    WaitKind.TRACE: [
        (
            "found",
            {"found-whereabouts": "custody", "found-responsible_agency": "prison"},
            "trace_answered",
            {"whereabouts": "custody", "responsible_agency": "prison"},
        ),
        *((answer, {}, "trace_answered", {}) for answer in ("not_found", "restricted", "ambiguous", "deceased")),
        ("information", {}, "information_requested", {"wait": "trace:vlo"}),
        ("in_hand", {}, "progress_recorded", {"wait": "trace:vlo"}),
        ("not_ours", {}, "trace_answered", {}),
    ],
    WaitKind.AGENCY_CHECK: [
        ("no_objection", {}, "agency_check_answered", {}),
        (
            "no_objection",
            {"no_objection-conditions": ["secure_venue", "indirect_only"], **NOT_BEFORE},
            "agency_check_answered",
            {"conditions": ["indirect_only", "secure_venue"], "not_before": "2027-03-27"},
        ),
        (
            "objection",
            {"objection-reason": "licence_condition"},
            "agency_check_answered",
            {"reason": "licence_condition"},
        ),
        DIED,
        MOVED,
        WITHDRAWN,
        ("information", {}, "information_requested", {"wait": "agency_check:vlo"}),
        ("in_hand", {}, "progress_recorded", {"wait": "agency_check:vlo"}),
        ("not_ours", {}, "ask_returned", {"wait": "agency_check:vlo"}),
    ],
    WaitKind.APPROACH: [
        ("approached", {}, "offender_approached", {}),
        DIED,
        MOVED,
        WITHDRAWN,
        ("information", {}, "information_requested", {"wait": "approach:vlo"}),
        ("in_hand", {}, "progress_recorded", {"wait": "approach:vlo"}),
        ("not_ours", {}, "ask_returned", {"wait": "approach:vlo"}),
    ],
    WaitKind.OFFENDER_ANSWER: [
        ("willing", {"willing-may_be_told": "no"}, "offender_answered", {}),
        ("willing", {"willing-may_be_told": "yes"}, "offender_answered", {"may_be_told": True}),
        ("needs_time", {}, "offender_answered", {}),
        ("needs_time", UNTIL, "offender_answered", {"until": "2027-03-27"}),
        ("unwilling", {}, "offender_answered", {}),
        DIED,
        MOVED,
        ("information", {}, "information_requested", {"wait": "offender_answer:vlo"}),
        ("in_hand", {}, "progress_recorded", {"wait": "offender_answer:vlo"}),
        ("not_ours", {}, "ask_returned", {"wait": "offender_answer:vlo"}),
    ],
    WaitKind.ASSESSMENT: [
        ("ready", {}, "readiness_assessed", ASSESSED),
        (
            "ready_if_accepted",
            {"ready_if_accepted-reasons": ["remorse_not_evident", "motive_concern"]},
            "readiness_assessed",
            ASSESSED | {"reasons": ["motive_concern", "remorse_not_evident"]},
        ),
        ("not_yet", {"not_yet-reason": "therapy_first"}, "readiness_assessed", ASSESSED | {"reason": "therapy_first"}),
        (
            "not_yet",
            {"not_yet-reason": "therapy_first", **REVIEW},
            "readiness_assessed",
            ASSESSED | {"reason": "therapy_first", "review_on": "2027-02-01"},
        ),
        (
            "unsuitable",
            {"unsuitable-reason": "coercion", "unsuitable-forms": ["face_to_face", "video"]},
            "readiness_assessed",
            ASSESSED | {"reason": "coercion", "forms": ["face_to_face", "video"]},
        ),
        DIED,
        MOVED,
        WITHDRAWN,
        ("information", {}, "information_requested", {"wait": "assessment:offender"}),
        ("in_hand", {}, "progress_recorded", {"wait": "assessment:offender"}),
        ("not_ours", {}, "ask_returned", {"wait": "assessment:offender"}),
    ],
}
"""Every answer to every question: what is entered, and the event that it is to record."""
EVERY_ANSWER = [(question, *case) for question, cases in CASES.items() for case in cases]


@dataclass
class Answerer:
    """An agency's answerer: it has links, opens them, and answers."""

    http: httpx.AsyncClient
    pool: asyncpg.Pool
    stored: int = 0

    async def link(self, question: WaitKind = WaitKind.TRACE, *, reminder: int = 0, side: str = "") -> str:
        """The address of a fresh link."""
        opened = await PostgresAnswerLinks(self.pool).create(AGENCY, ask(question, reminder=reminder, side=side), 30)
        return f"/answer/{opened.token}"

    async def open(self, link: str, status: int = 200) -> Page:
        """The page at a link."""
        return _page(await self.http.get(link), status)

    async def send(self, link: str, entered: Entered, status: int = 200, on: Page | None = None) -> Page:
        """The page that follows on entering something into the page at a link, and sending it."""
        body = fill_in(on or await self.open(link), entered)
        return _page(await self.http.post(link, content=body, headers=FORM), status)

    async def list_events(self) -> list[tuple[str, dict[str, Any]]]:
        """The events in the inbox."""
        rows = await self.pool.fetch("select record from inbox order by id")
        return [(row["record"]["event"], row["record"]["data"]) for row in rows]


def _page(answer: httpx.Response, status: int) -> Page:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(answer.text)
    require_accessible(page)
    return page


@pytest.fixture(scope="session")
async def open_answerer(api_pool: asyncpg.Pool) -> AsyncIterator[Answerer]:
    """The pages, served once for all tests of them."""
    met: list[Answerer] = []

    def count_stored() -> None:
        met[0].stored += 1

    answers = InboxAnswers(api_pool, TOKEN_KEY, count_stored)
    pages = AnswerPageServices(answers, "casework@rj.example", lambda: TODAY)
    # Directories are not cached here, and messages not grouped: tests change both in between.
    needs = replace(
        await dependencies_on(api_pool),
        inbox=PostgresInbox(api_pool),
        directory=PostgresDirectory(api_pool),
        answer_page=pages,
    )
    async with serve_app(create_app(needs)) as address, httpx.AsyncClient(base_url=address) as http:
        met.append(Answerer(http, api_pool))
        yield met[0]


@pytest.fixture
async def answerer(open_answerer: Answerer) -> AsyncIterator[Answerer]:
    """The pages, with nothing behind them but the agency and the offender's details."""
    await PostgresDirectory(open_answerer.pool).save(AGENCY)
    await PostgresVault(open_answerer.pool).save_offender(REF, OFFENDER, by="import:test")
    open_answerer.stored = 0
    yield open_answerer
    await empty_database(open_answerer.pool)


@pytest.mark.parametrize("question", CASES)
async def test_the_page_asks_one_question_with_every_answer_to_it(answerer: Answerer, question: WaitKind) -> None:
    page = await answerer.open(await answerer.link(question))

    assert page.heading == QUESTIONS[question].title
    assert QUESTIONS[question].asked in page.text
    assert page.answers() == [*dict.fromkeys(answer for answer, *_ in CASES[question]), "concern"]
    assert page.facts["Case"] == REF
    assert page.facts["Agency"] == AGENCY.name
    assert page.facts["Please answer by"] == "1 March 2027"
    assert set(CASES) == set(ANSWERS)


@pytest.mark.parametrize(("question", "answer", "entered", "event", "data"), EVERY_ANSWER)
async def test_an_answer_records_the_event_that_a_webhook_would(
    answerer: Answerer, question: WaitKind, answer: str, entered: Entered, event: str, data: dict[str, Any]
) -> None:
    page = await answerer.send(await answerer.link(question), {"answer": answer, **entered})

    assert page.heading == "Your answer has been received"
    stated = {"answer": answer} if event.endswith(("_answered", "_assessed")) else {}
    assert await answerer.list_events() == [(event, stated | data)]
    assert answerer.stored == 1


async def test_an_answer_is_the_agency_s_own(answerer: Answerer) -> None:
    await answerer.send(await answerer.link(), {"answer": "not_found"})

    (row,) = await answerer.pool.fetch("select source, ref, record -> 'by' as by from inbox")
    assert (row["source"], row["ref"]) == ("agency:eastmoor-vlo", REF)
    assert row["by"] == {"role": "agency", "id": "eastmoor-vlo", "kind": "vlo", "area": "eastmoor"}


async def test_an_agency_assesses_the_offender_only_and_is_told_so(answerer: Answerer) -> None:
    """1.10."""
    page = await answerer.open(link := await answerer.link(WaitKind.ASSESSMENT))
    assert page.heading == "Is the person ready for restorative justice?"
    assert "we assess the victim ourselves" in page.text

    await answerer.send(link, {"answer": "ready"})
    assert await answerer.list_events() == [("readiness_assessed", {"answer": "ready", "whose": "offender"})]


async def test_what_is_written_goes_to_the_vault_and_nowhere_else(answerer: Answerer) -> None:
    page = await answerer.send(await answerer.link(), {"answer": "ambiguous", "note": "Two people:\r\nZoë & \0<Sam>"})

    (row,) = await answerer.pool.fetch("select inbox::text as all, note from inbox")
    kept = await answerer.pool.fetchval("select text from vault.notes where id::text = $1", row["note"])
    assert kept == "Two people:\nZoë & \N{REPLACEMENT CHARACTER}<Sam>"
    assert "Zoë" not in row["all"]
    assert "Zoë" not in page.text
    assert page.facts["What you wrote"] == "Passed to the service's staff"


async def test_the_receipt_says_what_was_recorded_what_is_next_and_how_it_is_changed(answerer: Answerer) -> None:
    entered: Entered = {
        "answer": "unsuitable",
        "unsuitable-reason": "coercion",
        "unsuitable-forms": ["letter", "shuttle"],
    }
    page = await answerer.send(await answerer.link(WaitKind.ASSESSMENT), entered)

    assert page.facts == {
        "Your answer": "No, it would be unsuitable",
        "Why?": "Somebody is under pressure to take part",
        "Which types of contact are ruled out?": "Letters, Shuttle mediation (a go-between speaks to each in turn)",
    }
    assert "If the case has moved on since we asked, the answer is stored and changes nothing." in page.text
    assert "There is nothing left for you to do." in page.text
    assert "To change it, contact the service at casework@rj.example ." in page.text


@pytest.mark.parametrize("question", CASES)
async def test_the_offender_is_named_only_where_the_question_needs_it(answerer: Answerer, question: WaitKind) -> None:
    page = await answerer.open(await answerer.link(question))
    is_shown = question in (WaitKind.TRACE, WaitKind.AGENCY_CHECK, WaitKind.APPROACH)

    assert page.facts.get("The person's name") == ("Sam <b>Example</b>" if is_shown else None)
    assert page.facts.get("Their date of birth") == ("31 December 1990" if is_shown else None)
    assert "Mill Lane" not in page.text


async def test_an_unknown_person_is_left_out(answerer: Answerer) -> None:
    await answerer.pool.execute("truncate vault.offenders")

    assert "The person's name" not in (await answerer.open(await answerer.link())).facts


async def test_that_the_agency_read_who_it_is_is_kept(answerer: Answerer) -> None:
    with capture_logs() as logs:
        await answerer.open(await answerer.link())

    reads = [entry for entry in logs if entry["event"] == "vault.read"]
    assert [(read["what"], read["case"], read["by"]) for read in reads] == [("offender", REF, "agency:eastmoor-vlo")]


async def test_looking_is_never_answering(answerer: Answerer) -> None:
    link = await answerer.link()
    for _ in range(3):
        await answerer.open(link)
        head = await answerer.http.head(link)
        assert (head.status_code, head.content) == (200, b"")

    assert await answerer.list_events() == []
    await answerer.send(link, {"answer": "not_found"})
    assert len(await answerer.list_events()) == 1


MISTAKES: list[tuple[WaitKind, Entered, dict[str, str]]] = [
    (WaitKind.TRACE, {}, {"answer": "Select your answer"}),
    (WaitKind.TRACE, {"answer": "perhaps"}, {"answer": "Select your answer"}),
    (WaitKind.TRACE, {"answer": ["not_found", "found"]}, {"answer": "Select your answer"}),
    (WaitKind.TRACE, {"answer": "willing"}, {"answer": "Select your answer"}),
    (
        WaitKind.TRACE,
        {"answer": "found"},
        {
            "found-whereabouts": "Select where the person is",
            "found-responsible_agency": "Select who works with the person now",
        },
    ),
    (
        WaitKind.TRACE,
        {"answer": "found", "found-whereabouts": "abroad", "found-responsible_agency": "hmpps_rehub"},
        {"found-responsible_agency": "Select who works with the person now"},
    ),
    (WaitKind.AGENCY_CHECK, {"answer": "objection"}, {"objection-reason": "Select why you object"}),
    (
        WaitKind.AGENCY_CHECK,
        {"answer": "objection", "objection-reason": "therapy_first"},
        {"objection-reason": "Select why you object"},
    ),
    (
        WaitKind.AGENCY_CHECK,
        {"answer": "no_objection", "no_objection-conditions": "staff_present", "no_objection-not_before-day": "27"},
        {"no_objection-not_before-month": "The first day must include a month and a year"},
    ),
    (WaitKind.APPROACH, {}, {"answer": "Select your answer"}),
    (OFFENDER_ANSWER, {"answer": "willing"}, {"willing-may_be_told": "Select whether the victim may hear of it now"}),
    (
        WaitKind.APPROACH,
        {"answer": "moved", "moved-whereabouts": "abroad"},
        {"moved-responsible_agency": "Select who works with the person now"},
    ),
    (
        OFFENDER_ANSWER,
        {"answer": "needs_time", "needs_time-until-day": "27"},
        {"needs_time-until-month": "The date until when must include a month and a year"},
    ),
    (
        OFFENDER_ANSWER,
        {"answer": "needs_time", **UNTIL, "needs_time-until-year": "2026"},
        {"needs_time-until-day": "The date until when must be after today"},
    ),
    (
        WaitKind.ASSESSMENT,
        {"answer": "ready_if_accepted"},
        {"ready_if_accepted-reasons": "Select what the victim was told about and accepts"},
    ),
    (WaitKind.ASSESSMENT, {"answer": "not_yet", **REVIEW}, {"not_yet-reason": "Select why not yet"}),
    (
        WaitKind.ASSESSMENT,
        {"answer": "not_yet", "not_yet-reason": "therapy_first", **REVIEW, "not_yet-review_on-month": "13"},
        {"not_yet-review_on-day": "The review date must be a real date"},
    ),
    (
        WaitKind.ASSESSMENT,
        {"answer": "unsuitable", "unsuitable-reason": "therapy_first"},
        {
            "unsuitable-reason": "Select why it is unsuitable",
            "unsuitable-forms": "Select which types of contact are ruled out",
        },
    ),
    (
        WaitKind.APPROACH,
        {"answer": "approached", "note": "x" * 10_003},
        {"note": "What you write must be shorter by 3 characters"},
    ),
]


NEVER_OFFERED = ("answer", "found-responsible_agency", "objection-reason", "unsuitable-reason")
"""Of these, the mistakes above also send values that the page does not offer."""


def list_values(page: Page) -> set[tuple[str, str]]:
    """What is chosen and entered on a page."""
    return set(parse_qsl(fill_in(page, {}), keep_blank_values=True))


@pytest.mark.parametrize(("question", "entered", "errors"), MISTAKES)
async def test_a_mistake_is_told_where_it_is_and_nothing_that_was_entered_is_lost(
    answerer: Answerer, question: WaitKind, entered: Entered, errors: dict[str, str]
) -> None:
    link = await answerer.link(question)
    entered = {"note": "Zoë rings <Sam>\non Thursday", **entered}
    page = await answerer.send(link, entered, 422)

    assert page.errors == errors
    assert page.heading == QUESTIONS[question].title
    offered = {
        (element["name"], element.get("value"))
        for element in page.all("input")
        if element["type"] in ("radio", "checkbox")
    }
    for name, values in entered.items():
        for value in [values] if isinstance(values, str) else values:
            # What the page never offered is not kept.
            assert (name, value) in list_values(page) or ((name, value) not in offered and name in NEVER_OFFERED), name
    assert await answerer.list_events() == []
    assert answerer.stored == 0

    await answerer.send(link, {"answer": "not_ours", "note": ""}, on=page)
    assert len(await answerer.list_events()) == 1


async def test_the_longest_note_is_taken_in_any_script(answerer: Answerer) -> None:
    await answerer.send(await answerer.link(), {"answer": "not_found", "note": "😀" * 10_000})

    assert await answerer.pool.fetchval("select length(text) from vault.notes") == 10_000


async def test_of_two_who_answer_at_once_one_is_told_that_it_has_been_answered(answerer: Answerer) -> None:
    link, reminder = await answerer.link(), await answerer.link(reminder=1)
    page = await answerer.open(link)
    body = fill_in(page, {"answer": "not_found"})
    answers = await asyncio.gather(
        *(answerer.http.post(address, content=body, headers=FORM) for address in (link, reminder) * 5)
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 9
    late = [Page(answer.text).heading for answer in answers if answer.status_code == 410]
    assert late == ["This has been answered"] * 9
    assert len(await answerer.list_events()) == 1


async def test_a_link_that_was_used_says_so_and_what_became_of_the_answer(answerer: Answerer) -> None:
    link, reminder = await answerer.link(), await answerer.link(reminder=1)
    await answerer.send(link, {"answer": "not_found"})

    for address in (link, reminder):
        page = await answerer.open(address)
        assert page.heading == "This has been answered"
        assert "The answer is being passed to the case." in page.text
    await answerer.pool.execute("update inbox set outcome = 'applied', resolved_at = now()")
    assert "The answer is in the case file." in (await answerer.open(link)).text
    await answerer.pool.execute("update inbox set outcome = 'refused', reason = 'case_closed'")
    said = "It could not be used in the case: The case is closed and accepts nothing more of this kind."
    assert said in (await answerer.open(link)).text


async def test_a_used_link_takes_nothing_more(answerer: Answerer) -> None:
    page = await answerer.open(link := await answerer.link())
    await answerer.send(link, {"answer": "not_found"}, on=page)
    await answerer.send(link, {"answer": "deceased"}, 410, on=page)

    assert await answerer.list_events() == [("trace_answered", {"answer": "not_found"})]


async def expire(answerer: Answerer) -> None:
    await answerer.pool.execute("update answer_links set expires_at = now()")


async def cancel(answerer: Answerer) -> None:
    await PostgresAsks(answerer.pool).record_attempt(cancellation(ask()), Attempt(AttemptOutcome.DELIVERED))


CLOSED = [(expire, "This link has expired"), (cancel, "No answer is needed any more")]


@pytest.mark.parametrize(("close", "heading"), CLOSED)
async def test_a_link_that_expired_or_was_cancelled_says_so_and_takes_a_concern_only(
    answerer: Answerer, close: Callable[[Answerer], Awaitable[None]], heading: str
) -> None:
    """1.1a: any agency that was ever asked; 3.6: until the case ends."""
    page = await answerer.open(link := await answerer.link())
    await close(answerer)

    closed = await answerer.open(link)
    assert (closed.heading, closed.answers()) == (heading, ["concern"])
    assert OFFENDER["name"] not in closed.text
    assert (await answerer.send(link, {"answer": "not_found"}, 410, on=page)).heading == heading
    assert await answerer.list_events() == []
    assert (await answerer.send(link, BY_LINK)).heading == "We have your concern"
    assert await answerer.list_events() == [("concern_raised", {"reason": "safeguarding"})]


@pytest.mark.parametrize(("close", "heading"), CLOSED)
async def test_a_link_that_expired_or_was_cancelled_takes_nothing_once_the_case_has_ended_or_its_address_changed(
    answerer: Answerer, close: Callable[[Answerer], Awaitable[None]], heading: str
) -> None:
    """3.6."""
    link = await answerer.link()
    await close(answerer)
    page = await answerer.open(link)
    await answerer.pool.execute(ENDED_CASE, REF)
    try:
        assert (await answerer.open(link, 410)).heading == heading
        await answerer.send(link, BY_LINK, 410, on=page)
    finally:
        await answerer.pool.execute("delete from cases where ref = $1", REF)
    edit = AgencyEdit(address="liaison@eastmoor.example")
    await PostgresDirectory(answerer.pool).edit(AGENCY.id, edit, "staff:t.adeyemi")
    assert (await answerer.open(link, 410)).heading == "This link no longer works"
    await answerer.send(link, BY_LINK, 410, on=page)
    assert await answerer.list_events() == []


async def test_after_a_corrected_address_the_old_link_shows_nobody_and_takes_nothing(answerer: Answerer) -> None:
    page = await answerer.open(link := await answerer.link())
    edit = AgencyEdit(address="liaison@eastmoor.example")
    await PostgresDirectory(answerer.pool).edit(AGENCY.id, edit, "staff:t.adeyemi")

    revoked = await answerer.open(link, 410)
    assert revoked.heading == "This link no longer works"
    assert "to another address" in revoked.text
    assert OFFENDER["name"] not in revoked.text
    await answerer.send(link, {"answer": "not_found"}, 410, on=page)
    assert await answerer.list_events() == []


BY_LINK = {"answer": "concern", "concern-reason": "safeguarding", "note": "She is afraid."}


async def test_a_concern_can_be_raised_by_a_link_before_the_answer_which_is_then_still_open(answerer: Answerer) -> None:
    """1.1a, 3.6: it is no answer."""
    link = await answerer.link()
    page = await answerer.send(link, BY_LINK)
    assert page.heading == "We have your concern"
    assert await answerer.list_events() == [("concern_raised", {"reason": "safeguarding"})]
    assert await answerer.pool.fetchval("select text from vault.notes") == "She is afraid."
    assert (await answerer.open(link)).heading == QUESTIONS[WaitKind.TRACE].title
    await answerer.send(link, {"answer": "not_found"})
    assert [event for event, _ in await answerer.list_events()] == ["concern_raised", "trace_answered"]


async def test_after_its_answer_a_link_shows_nobody_and_takes_a_concern_until_the_case_ends(answerer: Answerer) -> None:
    """3.6, 1.1a."""
    link = await answerer.link()
    assert OFFENDER["name"] in (await answerer.open(link)).text
    await answerer.send(link, {"answer": "not_found"})
    page = await answerer.open(link)
    assert OFFENDER["name"] not in page.text
    assert page.answers() == ["concern"]
    await answerer.pool.execute("update answer_links set expires_at = now()")
    for _ in range(2):
        assert (await answerer.send(link, BY_LINK, on=page)).heading == "We have your concern"
    concerns = [data for event, data in await answerer.list_events() if event == "concern_raised"]
    assert concerns == [{"reason": "safeguarding"}], "the same concern on one day counts once"
    await answerer.pool.execute(ENDED_CASE, REF)
    try:
        assert (await answerer.open(link, 410)).heading == "This has been answered"
        await answerer.send(link, BY_LINK, 410, on=page)
    finally:
        await answerer.pool.execute("delete from cases where ref = $1", REF)
    assert len(await answerer.list_events()) == 2


async def test_a_concern_by_a_link_needs_what_it_is_about(answerer: Answerer) -> None:
    link = await answerer.link()
    await answerer.send(link, {"answer": "not_found"})
    page = await answerer.send(link, {"answer": "concern"}, 422)
    assert page.errors == {"concern-reason": "Select what it is about"}


async def test_after_a_corrected_address_an_answered_link_takes_no_concern(answerer: Answerer) -> None:
    """3.6."""
    link = await answerer.link()
    await answerer.send(link, {"answer": "not_found"})
    page = await answerer.open(link)
    edit = AgencyEdit(address="liaison@eastmoor.example")
    await PostgresDirectory(answerer.pool).edit(AGENCY.id, edit, "staff:t.adeyemi")
    assert (await answerer.open(link, 410)).heading == "This link no longer works"
    await answerer.send(link, BY_LINK, 410, on=page)
    assert len(await answerer.list_events()) == 1


@pytest.mark.parametrize("token", ["x" * 43, "x", "%00", "%ff", "a%20b", "x" * 5000])
async def test_an_unknown_link_is_told_alike_whatever_it_looks_like(answerer: Answerer, token: str) -> None:
    page = await answerer.open(f"/answer/{token}", 404)
    posted = _page(await answerer.http.post(f"/answer/{token}", content="answer=not_found", headers=FORM), 404)

    assert page.heading == posted.heading == "This link does not work"
    assert page.text == posted.text


async def test_an_agency_that_was_taken_out_of_the_directory_answers_no_more(answerer: Answerer) -> None:
    page = await answerer.open(link := await answerer.link())
    await answerer.pool.execute("update agencies set active = false")

    assert (await answerer.open(link, 410)).heading == "This link no longer works"
    await answerer.send(link, {"answer": "not_found"}, 410, on=page)
    assert await answerer.list_events() == []


async def test_who_asks_for_more_time_answers_later_by_the_same_link(answerer: Answerer) -> None:
    link = await answerer.link(OFFENDER_ANSWER)
    receipt = await answerer.send(link, {"answer": "needs_time"})
    assert "When you can say more, open the same link again and tell us." in receipt.text

    page = await answerer.open(link)
    assert page.facts["You last answered on"] == format_day(to_london_day(datetime.now(UTC)))
    await answerer.send(link, {"answer": "willing", "willing-may_be_told": "no"}, on=page)
    assert [data["answer"] for _, data in await answerer.list_events()] == ["needs_time", "willing"]
    assert (await answerer.open(link)).heading == "This has been answered"


async def test_who_is_still_working_on_it_says_so_and_answers_later_by_the_same_link(answerer: Answerer) -> None:
    link = await answerer.link()
    receipt = await answerer.send(link, {"answer": "in_hand"})
    assert "When you can say more, open the same link again and tell us." in receipt.text

    page = await answerer.open(link)
    assert page.facts["You last answered on"] == format_day(to_london_day(datetime.now(UTC)))
    await answerer.send(link, {"answer": "not_found"}, on=page)
    assert [event for event, _ in await answerer.list_events()] == ["progress_recorded", "trace_answered"]
    assert (await answerer.open(link)).heading == "This has been answered"


async def test_of_two_who_ask_for_more_time_at_once_one_is_told_to_look_again(answerer: Answerer) -> None:
    page = await answerer.open(link := await answerer.link(OFFENDER_ANSWER))
    await answerer.send(link, {"answer": "needs_time"}, on=page)
    late = await answerer.send(link, {"answer": "unwilling"}, 409, on=page)

    assert late.heading == "This has just been answered"
    assert len(await answerer.list_events()) == 1


async def test_a_page_is_kept_by_nobody_framed_by_nobody_and_runs_nothing(answerer: Answerer) -> None:
    link = await answerer.link()
    answers = [await answerer.http.get(link), await answerer.http.get("/answer/unknown")]
    answers.append(await answerer.http.post(link, content=fill_in(Page(answers[0].text), {}), headers=FORM))
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "set-cookie" not in answer.headers
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert "script-src" not in policy
        assert policy["style-src"] == f"'sha256-{_sha256_of_style(answer.text)}'"


def _sha256_of_style(html: str) -> str:
    """As a browser computes it, of what is between the tags."""
    (style,) = [html.partition("<style>")[2].partition("</style>")[0]]
    assert "<style" not in html.partition("<style>")[2]
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


async def test_a_body_that_is_too_large_is_not_read_and_is_told_in_words(answerer: Answerer) -> None:
    answer = await answerer.http.post(await answerer.link(), content=b"note=" + b"x" * 300_000, headers=FORM)

    assert _page(answer, 413).heading == "What you entered is too long"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"{}", "application/json"),
        (b"answer=not_found", "text/plain"),
        (b"answer=not_found", FORM["content-type"]),
        (b"answer=not_found&seen=-1", FORM["content-type"]),
        (b"answer=not_found&seen=" + b"9" * 5000, FORM["content-type"]),
        (b"answer=not_found&seen=%C2%B2", FORM["content-type"]),
        (b"&".join([b"seen=0"] * 101), FORM["content-type"]),
    ],
)
async def test_a_form_that_is_not_ours_is_refused_in_words(answerer: Answerer, content: bytes, media_type: str) -> None:
    answer = await answerer.http.post(await answerer.link(), content=content, headers={"content-type": media_type})

    assert _page(answer, 400).heading == "Sorry, that could not be read"
    assert await answerer.list_events() == []


async def test_a_store_that_is_unavailable_is_told_in_words_and_nothing_is_promised(open_answerer: Answerer) -> None:
    needs = create_dependencies(await unreachable(), UNREACHABLE)
    async with serve_app(create_app(needs)) as address, httpx.AsyncClient(base_url=address) as http:
        answer = await http.get("/answer/" + "x" * 43)

    page = _page(answer, 503)
    assert page.heading == "Sorry, the service is not available"
    assert "it may not have arrived" in page.text
    assert "has been recorded" not in page.text
    assert answer.headers["retry-after"] == "10"


async def test_a_token_is_in_no_log(answerer: Answerer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # What this test's own side of the connection says is not the service's.
    for ours in ("httpx", "httpcore"):
        caplog.set_level(logging.CRITICAL, logger=ours)
    link, gone = await answerer.link(), await answerer.link(reminder=1)
    with capture_logs() as logs:
        await answerer.send(link, {"answer": "found"}, 422)
        await answerer.send(link, {"answer": "not_found"})
        await answerer.open(gone)
        await answerer.open(f"/answer/{'x' * 43}", 404)
        await answerer.http.put(link)
        await answerer.pool.execute("alter table answer_links rename to elsewhere")
        failed = await answerer.http.get(link)
        await answerer.pool.execute("alter table elsewhere rename to answer_links")

    assert failed.status_code == 500
    assert {"answer.accepted", "answer.by_link", "api.failed"} <= {entry["event"] for entry in logs}
    everything = f"{logs} {caplog.text} {[vars(record) for record in caplog.records]}"
    for secret in (link.rpartition("/")[2], gone.rpartition("/")[2], "x" * 43, "Example"):
        assert secret not in everything


async def test_the_pages_are_not_in_the_description_of_the_api(answerer: Answerer) -> None:
    document = (await answerer.http.get("/openapi.json")).json()

    assert [path for path in document["paths"] if "answer" in path] == []


async def test_from_the_mail_through_its_link_to_the_inbox(answerer: Answerer) -> None:
    async with mailbox() as box:
        relay = Relay("127.0.0.1", box.port, security="none")
        links = PostgresAnswerLinks(answerer.pool)
        address = str(answerer.http.base_url)
        channel = EmailChannel(
            relay,
            links,
            PostgresAreaSettings(answerer.pool).get,
            TOKEN_KEY,
            sender="casework@rj.example",
            public_url=address,
            link_days=90,
            phone="",
        )
        await channel.ask(AGENCY, ask(WaitKind.AGENCY_CHECK))
        (link,) = {word for word in box.text().split() if "/answer/" in word}
    assert link.startswith(address.rstrip("/"))
    entered = {"answer": "objection", "objection-reason": "no_contact_order", "note": "Please ring before Thursday."}
    await answerer.send(link, entered)

    assert await answerer.list_events() == [
        ("agency_check_answered", {"answer": "objection", "reason": "no_contact_order"})
    ]
    assert await answerer.pool.fetchval("select text from vault.notes") == "Please ring before Thursday."


async def test_days_are_those_of_the_cases_also_where_their_clock_runs_ahead(tmp_path: Path) -> None:
    an_hour_ago, clock = time.time() - 3600, tmp_path / "clock"
    StackClock(clock).set(CaseClock(an_hour_ago, an_hour_ago, day_seconds=10))
    settings = Settings(
        token_key=TOKEN_KEY_SETTING,
        database_url=SecretStr("postgresql://rj@127.0.0.1/rj"),
        clock_file=clock,
        mail_from="Casework <casework@rj.example>",
    )
    page = create_dependencies(await unreachable(), settings).answer_page

    assert abs((page.today() - datetime.fromtimestamp(an_hour_ago, UTC).date()).days - 360) <= 1
    assert page.contact == "casework@rj.example"


def test_every_text_has_contrast_with_its_background() -> None:
    """4.5 to 1 for text: a rule that sets a colour on anything but the page sets its background, too."""
    colours = _colours()
    checked = 0
    for selector, declared in rules(STYLE):
        if "color" not in declared:
            continue
        written = colours[declared["color"].removeprefix("var(--").removesuffix(")")]
        behind = declared.get("background-color", "var(--paper)").removeprefix("var(--").removesuffix(")")
        assert contrast(written, colours[behind]) >= 4.5, selector
        checked += 1
    assert checked >= 12
    # Links are in the footer too.
    for link in ("link", "link-seen"):
        assert contrast(colours[link], colours["panel"]) >= 4.5


def test_every_control_has_contrast_with_the_page() -> None:
    """3 to 1 for the edges of inputs and for the mark of where one is."""
    colours = _colours()
    for edge in ("text", "error", "button"):
        assert contrast(colours[edge], colours["paper"]) >= 3
    # The yellow of the focus is never alone: what has it has a dark edge, or a dark text, too.
    focused = [(selector, declared) for selector, declared in rules(STYLE) if ":focus" in selector]
    assert len(focused) >= 5
    for selector, declared in focused:
        assert "none" not in declared.get("outline", ""), selector
    for selector in ("a:focus", "button:focus", "input:focus", ".item > input:focus", ".error-summary:focus"):
        assert any(selector in selectors for selectors, _ in focused), selector


def _colours() -> dict[str, str]:
    (root,) = [declared for selector, declared in rules(STYLE) if selector == ":root"]
    colours = {name.removeprefix("--"): value for name, value in root.items() if name.startswith("--")}
    assert "#" not in str([declared for selector, declared in rules(STYLE) if selector != ":root"])
    return colours


def test_contrast_is_computed_as_the_guidelines_do() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")
