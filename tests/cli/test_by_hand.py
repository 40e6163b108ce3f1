"""What caseworkers do by hand: the list, and how each task leaves it."""

import asyncio
import shlex
import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from adapters.notifications.sender import NotificationSender
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.vault import PostgresVault
from domain.vocabulary import Contact
from ports.agencies import Agency
from tests.adapters.notifications.database import empty, shared_database
from tests.adapters.notifications.told import BY_DAY, VICTIM, WORDING, milestone, now_wants, standing, write
from tests.adapters.pages import REF
from tests.cli.shell import Ended, Shell, flags

pytestmark = pytest.mark.postgres

KEY = milestone(1).key
CASEWORKER = ("--as", "caseworker:c.okafor")


class NoWay:
    """Sends nothing at all."""

    forms: frozenset[Contact] = frozenset()

    async def send(self, *_: object) -> str:
        raise AssertionError


@pytest.fixture(scope="module")
async def _database(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[tuple[str, asyncpg.Pool]]:
    async with shared_database(postgres_dsn, _template_dsn) as database:
        yield database


@pytest.fixture
async def told(_database: tuple[str, asyncpg.Pool]) -> AsyncIterator[asyncpg.Pool]:
    """A case whose victim wants to be rung up, and whom something has to be told."""
    pool = _database[1]
    await write(pool, 1, contact="phone")
    await NotificationSender(PostgresOutbox(pool), PostgresVault(pool), NoWay(), BY_DAY).send_due()
    yield pool
    await empty(pool)


@pytest.fixture
def alone(_database: tuple[str, asyncpg.Pool]) -> Shell:
    """A shell on that database, without a Temporal."""
    return Shell({"RJ_DATABASE_URL": _database[0], "RJ_TEMPORAL_ADDRESS": "127.0.0.1:1"})


async def listed(shell: Shell, *args: str) -> list[Any]:
    return (await shell.rj("tasks", *args, "--json")).values


async def test_an_agency_asked_by_hand_leaves_the_list_by_its_answer(service: Shell, pool: asyncpg.Pool) -> None:
    area = f"hand-{uuid.uuid4().hex[:8]}"
    office = Agency(f"{area}-vlo", "vlo", area, "Eastshire Victim Liaison", contact="0113 496 0001")
    await PostgresDirectory(pool).save(office)
    request = flags(area=area, victim_name="Marta Quill", victim_email="marta@example.org", offender_age_group="adult")
    ref = (await service.value("request", *request, "--has-vlo"))["ref"]
    await service.value("move", ref, "request_screened", "--answer", "proceed")
    tasks: list[Any] = []
    async with asyncio.timeout(20):
        while not tasks:
            tasks = await listed(service, "--area", area)

    (task,) = tasks
    assert (task["kind"], task["ref"], task["agency_name"], task["contact"]) == (
        "ask",
        ref,
        office.name,
        "0113 496 0001",
    )
    printed = (await service.rj("tasks", "--area", area)).out
    assert f"{ref}  Ask Eastshire Victim Liaison for the trace by the VLO. It is due on" in printed
    (command,) = task["record"]
    assert f"Record the answer: {command}" in printed
    words = shlex.split(command.replace("--answer ...", "--answer not_found"))[1:]
    await service.value(*words, *CASEWORKER)
    assert await listed(service, "--area", area) == []


async def test_a_notice_by_hand_is_listed_with_what_to_say_and_settled_with_who_said_it(
    told: asyncpg.Pool, alone: Shell
) -> None:
    printed = (await alone.rj("tasks")).out
    assert f"{REF}  Update the victim (news of 3 March 2026). Prefers the telephone." in printed
    assert all(f"    | {line}" in printed for line in WORDING if line)
    assert f"Once they are told: rj notices resolve {KEY}" in printed
    assert not any(value in printed for value in VICTIM.values())

    settled = await alone.value("notices", "resolve", KEY, *CASEWORKER)
    assert settled == {"key": KEY, "resolved_by": "staff:c.okafor"}
    assert await listed(alone) == []
    assert (await alone.rj("tasks")).out == "Nothing is to be done by hand.\n"
    row = await standing(told)
    assert (row["resolved_by"], row["resolved_at"] is not None) == ("staff:c.okafor", True)


async def test_who_can_be_reached_again_is_sent_it(told: asyncpg.Pool, alone: Shell) -> None:
    corrected = await alone.value("victim-details", REF, "--email", "gwen@mail.example", *CASEWORKER)
    assert corrected == {"ref": REF, "changed": ["email"]}
    await now_wants(told, "email")
    ended = await alone.rj("notices", "resend", KEY, *CASEWORKER)
    assert ended.out == f"{KEY}: it is sent again by day. Nothing is sent while RJ_NOTIFICATIONS is none.\n"

    assert await listed(alone) == []
    row = await standing(told)
    assert (row["state"], row["resent_by"]) == ("waiting", "staff:c.okafor")


async def test_what_came_back_is_a_task_and_can_be_sent_again(told: asyncpg.Pool, alone: Shell) -> None:
    await told.execute("update notifications set state = 'sent', form = 'email', error = '', task_since = null")
    assert (await alone.rj("tasks")).out == "Nothing is to be done by hand.\n"

    ended = await alone.rj("notices", "returned", KEY)
    assert ended.out == f"{KEY}: it came back, and the victim is to be told: see rj tasks.\n"
    assert "The email was returned." in (await alone.rj("tasks")).out
    await alone.value("notices", "resend", KEY, *CASEWORKER)
    assert (await standing(told))["state"] == "waiting"


async def test_a_victims_details_are_shown_and_it_is_remembered_to_whom(told: asyncpg.Pool, alone: Shell) -> None:
    await PostgresVault(told).save_victim(REF, {**VICTIM, "needs": ["large print", "\x1b[2J"]}, by="staff:test")

    shown = (await alone.rj("victim-details", REF, *CASEWORKER)).out
    assert f"phone: {VICTIM['phone']}\n" in shown
    assert "needs: large print, \ufffd[2J\n" in shown
    assert (await alone.value("victim-details", REF))["email"] == VICTIM["email"]
    readers = await told.fetch("select what, by from vault.access_log order by id")
    assert tuple(readers[0]) == ("victim", "staff:c.okafor")
    assert len(readers) == 2


async def test_what_is_not_named_stays_and_what_is_emptied_goes(told: asyncpg.Pool, alone: Shell) -> None:
    before = {**VICTIM, "needs": ["large print"], "offence": "burglary"}
    await PostgresVault(told).save_victim(REF, before, by="import:test")

    await alone.value("victim-details", REF, "--phone", "", "--address", "4 Mill Lane, EM1 2AB", *CASEWORKER)
    row = await told.fetchrow("select details, written_by from vault.victims")
    assert row is not None
    kept = {name: value for name, value in before.items() if name != "phone"}
    assert dict(row) == {"details": {**kept, "address": "4 Mill Lane, EM1 2AB"}, "written_by": "staff:c.okafor"}


async def test_details_that_cannot_be_right_are_refused_without_repeating_them(
    told: asyncpg.Pool, alone: Shell
) -> None:
    line = await alone.refused("victim-details", REF, "--email", "marked.nowhere", "--name", "")

    assert line == "rj: --name is missing; --email must be an e-mail address"
    assert (await PostgresVault(told).get_victim(REF, by="test") or {})["email"] == VICTIM["email"]


@pytest.mark.parametrize("command", ["resolve", "resend", "returned"])
async def test_a_key_that_is_none_or_needs_nobody_is_a_mistake(told: asyncpg.Pool, alone: Shell, command: str) -> None:
    assert await alone.refused("notices", command, "nothing") == "rj: nothing: there is no such notice to a victim"
    await told.execute("update notifications set state = 'delivered', delivered_at = now(), task_since = null")

    assert (await alone.refused("notices", command, KEY)).startswith(f"rj: {KEY} is delivered: ")


async def test_a_case_without_details_is_said_to_have_none(told: asyncpg.Pool, alone: Shell) -> None:
    await told.execute("delete from vault.victims")

    assert await alone.refused("victim-details", REF) == f"rj: {REF}: the vault holds nothing of the victim"


async def test_a_long_list_is_cut_with_a_word_about_it(told: asyncpg.Pool, alone: Shell) -> None:
    await write(told, 2, ref=REF, contact="phone")
    ended: Ended = await alone.rj("tasks", "--limit", "1")

    assert ended.out.endswith("Only the first 1 of a kind are listed: --limit shows more.\n")


async def test_help_says_what_to_do_without_a_command(alone: Shell) -> None:
    ended = await alone.rj("notices")

    assert (ended.code, "resolve" in ended.out, "resend" in ended.out) == (0, True, True)
