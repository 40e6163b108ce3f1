"""A caseworker's day over HTTP: what is due, what to do in person, and news that did not reach a victim."""

import asyncio
import shlex
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from adapters.clock import StackClock
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.vault import PostgresVault
from devstack.waiting_clock import clock_at, noon_of
from domain.vocabulary import CaseRef, Contact
from ports.agencies import Agency
from tests.adapters.batches import REF
from tests.adapters.notifications.database import shared_database
from tests.adapters.notifications.senders import create_sender
from tests.adapters.notifications.victims import VICTIM, WORDING, get_notification, milestone, now_wants, write
from tests.cli.casework import PEOPLE, add_colleagues, in_a_month, open_case
from tests.cli.conftest import LocalIssuer, running_server
from tests.cli.shell import Shell, flags
from tests.conftest import empty_database

pytestmark = pytest.mark.postgres

KEY = milestone(1).key
DAY_AHEAD = StackClock().today() + timedelta(days=200)


class NoChannel:
    """Sends nothing at all."""

    forms: frozenset[Contact] = frozenset()

    async def send(self, *_: object) -> str:
        raise AssertionError


async def write_news(pool: asyncpg.Pool, version: int) -> None:
    """News that a caseworker has to tell."""
    await write(pool, version, contact="phone")
    await create_sender(pool, NoChannel()).send_due()


@pytest.fixture(scope="module")
async def _database(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[tuple[str, asyncpg.Pool]]:
    async with shared_database(postgres_dsn) as database:
        yield database


@pytest.fixture
async def news(_database: tuple[str, asyncpg.Pool]) -> AsyncIterator[asyncpg.Pool]:
    """A case whose victim wants to be rung up, and who has to be told something."""
    pool = _database[1]
    await write_news(pool, 1)
    yield pool
    await empty_database(pool)


@pytest.fixture(scope="module")
async def okafor(
    _database: tuple[str, asyncpg.Pool], issuer: LocalIssuer, tokens: dict[str, str]
) -> AsyncIterator[Shell]:
    """The shell of a caseworker at a service on that database, without Temporal."""
    async with running_server(_database[0], "127.0.0.1:1", issuer, tokens) as service:
        yield service.caseworker


async def test_what_is_due_is_listed_up_to_a_day(caseworker: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    soon = await caseworker.values("due", "--until", in_a_month(), "--limit", "1000")
    assert ref in {case["ref"] for case in soon}
    assert ref not in {case["ref"] for case in await caseworker.values("due")}
    assert "Use YYYY-MM-DD" in await caseworker.get_error("due", "--until", "monday")


@pytest.fixture(scope="module")
async def ahead(
    service_dsn: str, issuer: LocalIssuer, tokens: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shell]:
    """The shell of a caseworker at a server for which it is noon of a day ahead, also across midnight."""
    clock = StackClock(tmp_path_factory.mktemp("ahead") / "clock")
    clock.set(clock_at(noon_of(DAY_AHEAD)))
    async with running_server(service_dsn, "127.0.0.1:1", issuer, tokens, clock_file=clock.file) as service:
        yield service.caseworker


async def test_what_is_due_today_and_this_week_is_listed_with_what_is_overdue(
    ahead: Shell, supervisor: Shell, pool: asyncpg.Pool
) -> None:
    today = DAY_AHEAD
    refs = [await open_case(pool) for _ in range(4)]
    await add_colleagues(pool, "due.keeper")
    await supervisor.rj("reassign", *refs, "--to", "due.keeper")
    for ref, days in zip(refs, (-3, 0, 6, 7), strict=True):
        await pool.execute("update cases set due_on = $2 where ref = $1", ref, today + timedelta(days=days))
    await pool.execute("update cases set overdue_since = due_on where ref = $1", refs[0])

    async def list_due(*options: str) -> list[tuple[str, bool]]:
        cases = await ahead.values("due", "--assigned-to", "due.keeper", "--area", "avonside", *options)
        return [(case["ref"], case["overdue_since"] is not None) for case in cases]

    assert await list_due() == [(refs[0], True), (refs[1], False)]
    assert await list_due("--week") == [(refs[0], True), (refs[1], False), (refs[2], False)]
    shown = (await ahead.rj("due", "--assigned-to", "due.keeper")).out.splitlines()
    assert shown[0].split()[:3] == ["case", "due", "status"]
    assert [line.split()[:4] for line in shown[1:]] == [
        [refs[0], str(today - timedelta(days=3)), "overdue", "screening"],
        [refs[1], str(today), "due", "screening"],
    ]


async def test_today_is_the_day_of_the_cases_where_their_clock_runs_ahead(
    ahead: Shell, caseworker: Shell, pool: asyncpg.Pool
) -> None:
    refs = [await open_case(pool) for _ in range(3)]
    for ref, days in zip(refs, (0, 6, 7), strict=True):
        await pool.execute("update cases set due_on = $2 where ref = $1", ref, DAY_AHEAD + timedelta(days=days))

    async def list_due(shell: Shell, *options: str) -> set[str]:
        listed = await shell.values("due", "--limit", "1000", *options)
        return {case["ref"] for case in listed} & set(refs)

    assert await list_due(ahead) == {refs[0]}
    assert await list_due(ahead, "--week") == {refs[0], refs[1]}
    assert await list_due(caseworker) == set()


async def test_an_agency_asked_in_person_leaves_the_list_by_its_answer(caseworker: Shell, pool: asyncpg.Pool) -> None:
    area = f"hand-{uuid.uuid4().hex[:8]}"
    agency = Agency(f"{area}-vlo", "vlo", area, "Eastshire Victim Liaison", contact="0113 496 0001")
    await PostgresDirectory(pool).save(agency)
    request = ("request", *flags(area=area, offender_age_group="adult"), "--has-vlo", "--from", "-")
    ref = (await caseworker.value(*request, typed=PEOPLE))["ref"]
    await caseworker.value("record", ref, "request_screened", "--answer", "proceed")
    tasks: list[Any] = []
    async with asyncio.timeout(120):
        while not tasks:
            await asyncio.sleep(0.1)
            tasks = await caseworker.values("tasks", "--area", area)

    [task] = tasks
    facts = (task["kind"], task["ref"], task["agency_name"], task["contact"])
    assert facts == ("ask", ref, agency.name, "0113 496 0001")
    printed = (await caseworker.rj("tasks", "--area", area)).out
    assert f"{ref}  Ask Eastshire Victim Liaison to trace the offender." in printed
    assert f"    Who it is about: rj offender-details {ref}\n" in printed
    [command] = [line.strip() for line in printed.splitlines() if line.startswith("    rj record ")]
    words = shlex.split(command.replace("--answer …", "--answer not_found"))[1:]
    await caseworker.value(*words)
    assert await caseworker.values("tasks", "--area", area) == []


async def test_bad_news_is_a_task_with_the_words_until_it_is_recorded_that_the_victim_was_told(
    caseworker: Shell, pool: asyncpg.Pool
) -> None:
    area = f"news-{uuid.uuid4().hex[:8]}"
    await PostgresDirectory(pool).save(Agency(f"{area}-vlo", "vlo", area, "Eastshire Victim Liaison"))
    ref = await open_case(pool, area)
    await caseworker.value("record", ref, "declined_by_service", "--reason", "outside_area")

    [task] = await caseworker.values("tasks", "--area", area)
    assert (task["kind"], task["ref"], task["news"]) == ("news", ref, "ended")
    printed = (await caseworker.rj("tasks", "--area", area)).out
    assert printed.startswith(f"{ref}  Tell the victim in person how the case has ended. Due on ")
    assert all(f"    | {line}\n" in printed for line in task["wording"])
    [command] = [line.strip() for line in printed.splitlines() if line.startswith("    rj record ")]
    await caseworker.value(*shlex.split(command)[1:])
    assert await caseworker.values("tasks", "--area", area) == []


async def test_news_to_tell_in_person_is_listed_with_what_to_say_and_marked_as_told(
    news: asyncpg.Pool, okafor: Shell
) -> None:
    printed = (await okafor.rj("tasks")).out
    assert f"{REF}  Update the victim (news of 3 March 2026)." in printed
    assert all(f"    | {line}" in printed for line in WORDING if line)
    assert f"Once they are told:\n    rj notifications mark-told {KEY}\n" in printed
    assert not any(value in printed for value in VICTIM.values())

    assert (await okafor.value("notifications", "mark-told", KEY))["key"] == KEY
    assert await okafor.values("tasks") == []
    assert (await okafor.rj("tasks")).out == "There is nothing to do in person.\n"
    row = await get_notification(news)
    assert (row["resolved_by"], row["resolved_at"] is not None) == ("staff:c.okafor", True)


async def test_a_victim_who_can_be_reached_again_is_sent_the_news(news: asyncpg.Pool, okafor: Shell) -> None:
    corrected = await okafor.value("victim-details", REF, "--from", "-", typed='{"email": "gwen@mail.example"}')
    assert corrected["email"] == "gwen@mail.example"
    await now_wants(news, "email")
    ended = await okafor.rj("notifications", "resend", KEY)
    assert ended.out.startswith(f"{KEY}: is sent again by day.")

    assert await okafor.values("tasks") == []
    row = await get_notification(news)
    assert (row["state"], row["resent_by"]) == ("waiting", "staff:c.okafor")


async def test_a_message_that_was_returned_is_a_task_and_can_be_sent_again(news: asyncpg.Pool, okafor: Shell) -> None:
    await news.execute("update notifications set state = 'sent', form = 'email', error = '', task_since = null")
    assert (await okafor.rj("tasks")).out == "There is nothing to do in person.\n"

    ended = await okafor.rj("notifications", "mark-returned", KEY)
    assert ended.out == f"{KEY}: marked as returned: telling the victim is now a task.\n"
    assert "returned" in (await okafor.rj("tasks")).out
    await okafor.value("notifications", "resend", KEY)
    assert (await get_notification(news))["state"] == "waiting"


@pytest.mark.parametrize("command", ["mark-told", "resend", "mark-returned"])
async def test_a_notification_that_does_not_exist_or_needs_nobody_is_an_error(
    news: asyncpg.Pool, okafor: Shell, command: str
) -> None:
    assert (await okafor.get_error("notifications", command, "nothing")).endswith("[unknown_notification]")
    await news.execute("update notifications set state = 'delivered', delivered_at = now(), task_since = null")
    assert (await okafor.get_error("notifications", command, KEY)).endswith("[wrong_state]")


async def test_a_long_list_is_cut_with_a_word_about_it(news: asyncpg.Pool, okafor: Shell) -> None:
    await write_news(news, 2)
    ended = await okafor.rj("tasks", "--limit", "1")
    assert ended.out.endswith("Showing 1 of each kind; use --limit for more.\n")


async def test_a_victims_details_are_shown_and_it_is_logged_who_saw_them(news: asyncpg.Pool, okafor: Shell) -> None:
    await PostgresVault(news).save_victim(REF, {**VICTIM, "needs": ["large print", "\x1b[2J"]}, by="staff:test")

    shown = (await okafor.rj("victim-details", REF)).out
    assert f"phone: {VICTIM['phone']}\n" in shown
    assert "needs: large print; \ufffd[2J\n" in shown
    assert (await okafor.value("victim-details", REF))["email"] == VICTIM["email"]
    readers = await news.fetch("select what, by from vault.access_log order by id")
    assert tuple(readers[0]) == ("victim", "staff:c.okafor")
    assert len(readers) == 2


async def test_what_is_not_corrected_stays_and_what_is_emptied_goes(news: asyncpg.Pool, okafor: Shell) -> None:
    before = {**VICTIM, "needs": ["large print"], "offence": "burglary"}
    await PostgresVault(news).save_victim(REF, before, by="import:test")

    typed = '{"phone": "", "address": "4 Mill Lane, EM1 2AB"}'
    await okafor.value("victim-details", REF, "--from", "-", typed=typed)
    row = await news.fetchrow("select details, written_by from vault.victims")
    assert row is not None
    kept = {name: value for name, value in before.items() if name != "phone"}
    assert dict(row) == {"details": {**kept, "address": "4 Mill Lane, EM1 2AB"}, "written_by": "staff:c.okafor"}


async def test_details_are_corrected_by_typing_them(news: asyncpg.Pool, okafor: Shell) -> None:
    await PostgresVault(news).save_victim(REF, VICTIM, by="import:test")
    unchanged = "\n" * 13
    ended = await okafor.rj("victim-details", REF, "--edit", typed=f"\ngwen@mail.example\n-\n{unchanged}")
    assert ended.out == f"{REF}: corrected email, phone.\n"
    details = await PostgresVault(news).get_victim(REF, by="test") or {}
    assert (details["name"], details["email"]) == (VICTIM["name"], "gwen@mail.example")
    assert "phone" not in details


async def test_details_that_cannot_be_right_are_refused_without_repeating_them(
    news: asyncpg.Pool, okafor: Shell
) -> None:
    line = await okafor.get_error("victim-details", REF, "--from", "-", typed='{"email": "marked.nowhere", "name": ""}')
    assert "email" in line
    assert "marked" not in line
    assert (await PostgresVault(news).get_victim(REF, by="test") or {})["email"] == VICTIM["email"]


async def test_a_case_without_details_is_said_to_have_none(news: asyncpg.Pool, okafor: Shell) -> None:
    await news.execute("delete from vault.victims")
    assert (await okafor.get_error("victim-details", REF)).endswith("[unknown_victim]")


async def test_a_group_of_commands_alone_explains_itself(okafor: Shell) -> None:
    ended = await okafor.rj("notifications")
    assert (ended.code, "mark-told" in ended.out, "resend" in ended.out) == (0, True, True)


async def test_an_offender_whose_name_comes_later_is_added(pool: asyncpg.Pool, caseworker: Shell) -> None:
    """4.2: the register is searched for anybody who is entered."""
    ref = await open_case(pool)
    await caseworker.value("offender-details", ref, "--from", "-", typed='{"name": "Unknown", "date_of_birth": "1990"}')
    typed = "POLLITT, Darren\n31/12/1990\n\na1234bc\n\n\n"
    ended = await caseworker.rj("offender-details", ref, "--edit", typed=typed)
    assert ended.out == f"{ref}: corrected name, date_of_birth, nomis_number.\n"
    shown = (await caseworker.rj("offender-details", ref)).out
    assert "name: POLLITT, Darren\ndate of birth: 1990-12-31\n" in shown
    assert "nomis number: A1234BC\n" in shown
    details = await PostgresVault(pool).get_offender(CaseRef(ref)) or {}
    assert details["name"] == "POLLITT, Darren"
