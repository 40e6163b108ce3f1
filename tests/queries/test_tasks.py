"""What caseworkers do by hand: asks that are still wanted, and messages that the victim has yet to be told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.notification_actions import PostgresNotificationActions
from domain.case import BadNews
from domain.effects import Ask, CancelAsk
from domain.events import Actor, Record, RequestReceived
from domain.intake import open_case
from domain.json_values import to_json_object
from domain.policy import Unit, WaitPolicy
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    CaseRef,
    Contact,
    InitiatedBy,
    NewsKind,
    Role,
    TakesPartAs,
    WaitKey,
    WaitKind,
)
from domain.waits import create_wait
from ports.agencies import Agency, Attempt, AttemptOutcome, ChannelName
from ports.case_file import WaitSnapshot, WriteBatch
from ports.notifications import MessageAction
from queries.tasks import TaskQueries
from tests.adapters.batches import OTHER_REF, REF, START, case, create_batch
from tests.adapters.notifications.senders import create_sender
from tests.adapters.notifications.victims import VICTIM, WORDING, milestone, now_wants, write

pytestmark = pytest.mark.postgres

TRACE = WaitSnapshot("trace:vlo", "vlo", START, date(2026, 3, 16))
CHECK = WaitSnapshot("agency_check:prison", "prison", START, date(2026, 3, 12), overdue_since=date(2026, 3, 12))
ASK = Ask(f"{REF}.3.trace:vlo", REF, "eastshire", AgencyRef("vlo"), WaitKind.TRACE, TRACE.due_on)
OTHER_ASK = Ask(
    f"{OTHER_REF}.3.agency_check:prison", OTHER_REF, "west", AgencyRef("prison"), WaitKind.AGENCY_CHECK, CHECK.due_on
)
REMINDER = Ask(f"{ASK.key}.reminder-1", REF, "eastshire", ASK.agency, WaitKind.TRACE, ASK.due_on, reminder=1)
VLO = Agency("eastshire-vlo", "vlo", "eastshire", "Eastshire Victim Liaison", contact="0113 496 0001, weekdays")
BY_HAND = Attempt(AttemptOutcome.MANUAL, agency=VLO.id, channel=ChannelName.MANUAL)
BY = "staff:c.okafor"


async def _waits(pool: asyncpg.Pool, *waits: WaitSnapshot, ref: CaseRef = REF, **changes: Any) -> None:
    await PostgresCaseFile(pool).write(create_batch(1, ref=ref, waits=waits, **changes))


async def _ask(pool: asyncpg.Pool, ask: Ask | CancelAsk, attempt: Attempt = BY_HAND) -> None:
    await PostgresAsks(pool).record_attempt(ask, attempt)


async def test_an_ask_task_has_the_contact_the_question_the_day_and_the_event(pool: asyncpg.Pool) -> None:
    await PostgresDirectory(pool).save(VLO)
    await _waits(pool, TRACE)
    await _ask(pool, ASK)

    (task,) = await TaskQueries(pool).list_ask_tasks()
    assert (task.ref, task.agency, task.question, task.due_on, task.event) == (
        REF,
        "vlo",
        WaitKind.TRACE,
        TRACE.due_on,
        "trace_answered",
    )
    assert task.what == (
        "Ask Eastshire Victim Liaison to trace the offender. Due on 16 March 2026. Contact: 0113 496 0001, weekdays."
    )


async def test_an_agency_that_the_directory_no_longer_has_is_named_as_the_case_does(pool: asyncpg.Pool) -> None:
    await _waits(pool, CHECK, ref=OTHER_REF, area="west")
    await _ask(pool, OTHER_ASK)

    (task,) = await TaskQueries(pool).list_ask_tasks()
    assert task.what.startswith(
        "Ask prison to check whether restorative justice may be offered. Was due on 12 March 2026."
    )
    assert task.what.endswith("The directory has no contact details.")


async def test_an_ask_that_was_answered_or_cancelled_is_no_task(pool: asyncpg.Pool) -> None:
    await _waits(pool, TRACE)
    await _ask(pool, ASK)
    assert len(await TaskQueries(pool).list_ask_tasks()) == 1

    await _ask(pool, CancelAsk(f"{ASK.key}.cancel", REF, "eastshire", ASK.agency, ASK.key))
    assert await TaskQueries(pool).list_ask_tasks() == ()

    await pool.execute("delete from ask_attempts where key like '%.cancel'")
    await pool.execute("delete from asks where kind = 'ask_cancelled'")
    await PostgresCaseFile(pool).write(WriteBatch(REF, create_batch(2).entries, case=case(2, waits=())))
    assert await TaskQueries(pool).list_ask_tasks() == ()


async def test_a_reminder_replaces_its_ask(pool: asyncpg.Pool) -> None:
    await _waits(pool, TRACE)
    await _ask(pool, ASK)
    await _ask(pool, REMINDER)

    (task,) = await TaskQueries(pool).list_ask_tasks()
    assert (task.key, task.reminder) == (REMINDER.key, 1)
    assert task.what.startswith("Remind vlo to")


async def test_an_ask_that_was_delivered_is_no_task(pool: asyncpg.Pool) -> None:
    await _waits(pool, TRACE)
    await _ask(pool, ASK, Attempt(AttemptOutcome.DELIVERED))

    assert await TaskQueries(pool).list_ask_tasks() == ()


async def test_ask_tasks_are_in_order_of_due_days_and_filtered_by_area_and_caseworker(pool: asyncpg.Pool) -> None:
    await _waits(pool, TRACE, assigned_to="c.okafor")
    await _waits(pool, CHECK, ref=OTHER_REF, area="west")
    await _ask(pool, ASK)
    await _ask(pool, OTHER_ASK)

    assert [task.ref for task in await TaskQueries(pool).list_ask_tasks()] == [OTHER_REF, REF]
    assert [task.ref for task in await TaskQueries(pool).list_ask_tasks(limit=1)] == [OTHER_REF]
    assert [task.ref for task in await TaskQueries(pool).list_ask_tasks(areas=["eastshire"])] == [REF]
    assert [task.ref for task in await TaskQueries(pool).list_ask_tasks(assigned_to="c.okafor")] == [REF]
    assert await TaskQueries(pool).list_ask_tasks(areas=["west"], assigned_to="c.okafor") == ()


class NoChannel:
    """Sends nothing at all."""

    forms = frozenset[Contact]()

    async def send(self, *_: object) -> str:
        raise AssertionError


async def _by_hand(pool: asyncpg.Pool, *numbers: int, contact: str = "phone", **changes: Any) -> None:
    """Notices that became tasks."""
    await write(pool, *numbers, contact=contact, **changes)
    sender = create_sender(pool, NoChannel())
    while await sender.send_due():
        pass


async def test_a_message_task_says_why_and_has_the_message(pool: asyncpg.Pool) -> None:
    await _by_hand(pool, 1)

    (task,) = await TaskQueries(pool).list_message_tasks()
    assert (task.key, task.ref, task.form, task.state, task.wording) == (
        milestone(1).key,
        REF,
        "phone",
        "by_hand",
        WORDING,
    )
    assert task.what == (
        "Update the victim (news of 3 March 2026). Prefers the telephone. "
        "Check first when it is safe to ring, and whether to leave a message (victim-details)."
    )


async def test_a_preference_that_changed_meanwhile_is_shown(pool: asyncpg.Pool) -> None:
    await _by_hand(pool, 1)
    await now_wants(pool, "letter")

    (task,) = await TaskQueries(pool).list_message_tasks()
    assert "Prefers letters." in task.what


@pytest.mark.parametrize("state", [{"contact": "none"}, {"progress": {"victim_died": True}}])
async def test_a_victim_who_wants_no_messages_is_no_task(pool: asyncpg.Pool, state: Mapping[str, Any]) -> None:
    await _by_hand(pool, 1)
    then = {"contact": "phone", "progress": {"victim_died": False}, **state}
    await PostgresCaseFile(pool).write(create_batch(2, state=then))

    assert await TaskQueries(pool).list_message_tasks() == ()


async def test_a_message_is_no_task_once_it_is_resolved_or_sent_again(pool: asyncpg.Pool) -> None:
    await _by_hand(pool, 1, 2)
    assert [task.key for task in await TaskQueries(pool).list_message_tasks()] == [milestone(1).key, milestone(2).key]

    assert await PostgresNotificationActions(pool).take(MessageAction.RESOLVE, milestone(1).key, BY)
    assert await PostgresNotificationActions(pool).take(MessageAction.RESEND, milestone(2).key, BY)
    assert await TaskQueries(pool).list_message_tasks() == ()


async def test_a_message_that_has_failed_for_a_day_is_a_task(pool: asyncpg.Pool) -> None:
    await write(pool, 1)
    fail = (
        "update notifications set failing_since = now() - $1::interval, error = 'status 403 AuthError', form = 'email'"
    )
    await pool.execute(fail, timedelta(hours=23))
    assert await TaskQueries(pool).list_message_tasks() == ()
    assert not await PostgresNotificationActions(pool).take(MessageAction.RESOLVE, "another", BY)

    await pool.execute(fail, timedelta(hours=25))
    (task,) = await TaskQueries(pool).list_message_tasks()
    assert (task.state, task.error) == ("waiting", "status 403 AuthError")
    assert "(status 403 AuthError); it is still tried." in task.what
    assert await PostgresNotificationActions(pool).take(MessageAction.RESOLVE, task.key, BY)
    assert await TaskQueries(pool).list_message_tasks() == ()
    assert await pool.fetchval("select state from notifications") == "by_hand"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            "permanent-failure",
            "The letter could not be delivered: the address is wrong, or no longer theirs.",
        ),
        ("returned", "The letter was returned."),
        ("temporary-failure", "The letter was sent several times and could not be delivered."),
        ("status 400 ValidationError", "The address for a letter was refused (status 400 ValidationError)."),
        ("no_address", "There is no address or number for a letter."),
        ("form_not_sent", "Prefers letters. Letters are not sent automatically."),
    ],
)
async def test_each_reason_has_its_words(pool: asyncpg.Pool, error: str, said: str) -> None:
    await write(pool, 1, contact="letter")
    await pool.execute(
        "update notifications set state = 'failed', form = 'letter', error = $1, task_since = now()", error
    )

    (task,) = await TaskQueries(pool).list_message_tasks()
    assert task.what == f"Update the victim (news of 3 March 2026). {said}"


async def test_message_tasks_are_filtered_by_area_and_caseworker(pool: asyncpg.Pool) -> None:
    await _by_hand(pool, 1, assigned_to="c.okafor")
    await _by_hand(pool, 1, ref=OTHER_REF, area="west")

    assert {task.ref for task in await TaskQueries(pool).list_message_tasks()} == {REF, OTHER_REF}
    assert [task.ref for task in await TaskQueries(pool).list_message_tasks(areas=["west"])] == [OTHER_REF]
    assert [task.ref for task in await TaskQueries(pool).list_message_tasks(assigned_to="c.okafor")] == [REF]
    assert len(await TaskQueries(pool).list_message_tasks(limit=1)) == 1


async def test_nothing_of_who_the_victim_is_is_in_the_list(pool: asyncpg.Pool) -> None:
    await _by_hand(pool, 1)

    shown = str(await TaskQueries(pool).list_message_tasks())
    assert [value for value in VICTIM.values() if value in shown] == []


async def test_news_to_tell_begins_with_cancelled_days_and_has_the_words(pool: asyncpg.Pool) -> None:
    for number, (kind, day, due_on) in enumerate(
        (
            (NewsKind.ENDED, None, date(2026, 3, 11)),
            (NewsKind.NOT_YET, None, date(2026, 3, 10)),
            (NewsKind.DAY_CANCELLED, date(2026, 3, 12), date(2026, 3, 13)),
        )
    ):
        ref = CaseRef(f"RJ-222{number + 2}-2222")
        request = RequestReceived("eastshire", InitiatedBy.VICTIM, TakesPartAs.DIRECT_VICTIM, AgeGroup.ADULT)
        opened = open_case(ref, Record("1", request, Actor(Role.SERVICE)), START)
        wait = create_wait(WaitKey("tell:4"), "caseworker", WaitPolicy(Unit.WORKING_DAYS, 2), START, 0, opened.calendar)
        told = replace(opened, news=BadNews(kind, "4", replace(wait, due_on=due_on), day), contact=Contact.PHONE)
        waits = (WaitSnapshot("tell:4", "caseworker", START, due_on),)
        await _waits(pool, *waits, ref=ref, state=to_json_object(told))

    tasks = await TaskQueries(pool).list_news_tasks(date(2026, 3, 9), areas=["eastshire"])
    assert [task.news for task in tasks] == [NewsKind.DAY_CANCELLED, NewsKind.NOT_YET, NewsKind.ENDED]
    assert all(task.wording and task.wait == "tell:4" for task in tasks)
    assert tasks[0].what.startswith(
        "Tell the victim in person that the meeting on 12 March 2026 is cancelled, and what happens next. "
        "Due on 13 March 2026. Prefers the telephone."
    )
    assert await TaskQueries(pool).list_news_tasks(date(2026, 3, 9), areas=["west"]) == ()
    assert await TaskQueries(pool).list_news_tasks(date(2026, 3, 9), assigned_to="cw-9") == ()
