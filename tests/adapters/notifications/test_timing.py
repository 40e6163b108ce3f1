"""When a message leaves: acknowledgements at once, others after a while; a correction withdraws what it corrects."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.notifications.quiet_hours import LONDON, add_waking_time
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.vault import PostgresVault
from domain.effects import NotifyVictim
from domain.reasons import Reason
from domain.victim_notifications import MessageKind
from domain.vocabulary import Stage, Step
from ports.case_file import Notification
from tests.adapters.batches import REF, create_batch
from tests.adapters.notifications.senders import Notify, create_sender
from tests.adapters.notifications.victims import VICTIM, create_clock, get_notification, let_leases_run_out

pytestmark = pytest.mark.postgres

DAY = date(2026, 6, 11)
CANCELLED = NotifyVictim(
    f"{REF}.2.victim", REF, MessageKind.DAY_CANCELLED, Stage.READINESS_ASSESSED, Step.PREPARING, day=DAY
)
UNTOLD: dict[str, Any] = {"news": {"day": DAY.isoformat()}}


def message(number: int, kind: MessageKind = MessageKind.MILESTONE, **values: Any) -> NotifyVictim:
    key = f"{REF}.{number}.victim"
    return NotifyVictim(key, REF, kind, Stage.OFFENDER_TRACED, Step.AGENCY_CHECK, **values)


async def write(
    pool: asyncpg.Pool,
    at: str,
    *messages: NotifyVictim,
    version: int = 1,
    contact: str = "email",
    details: dict[str, str] | None = None,
    **state: Any,
) -> None:
    """The case as it is after an entry, with these messages, which came up at a local time."""
    moment = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    written = create_batch(version, state={"contact": contact, "progress": {"victim_died": False}, **state})
    notifications = tuple(Notification(one, moment) for one in messages)
    await PostgresCaseFile(pool).write(replace(written, notifications=notifications))
    await PostgresVault(pool).save_victim(REF, dict(VICTIM) if details is None else details, by="staff:test")


async def send_at(pool: asyncpg.Pool, notify: Notify, at: str, *, urgent_only: bool = False) -> list[str]:
    """What has been sent once it is this local time: the type of each."""
    api, channel = notify
    await let_leases_run_out(pool)
    while await create_sender(pool, channel, create_clock(at)).send_due(urgent_only=urgent_only):
        pass
    return [sent["type"] for sent in api.sent]


@pytest.mark.parametrize("kind", [MessageKind.ACKNOWLEDGED, MessageKind.REVIEW_RECEIVED])
async def test_an_acknowledgement_is_sent_at_once(pool: asyncpg.Pool, notify: Notify, kind: MessageKind) -> None:
    """2.3."""
    await write(pool, "2026-06-04T10:00", message(1, kind))
    assert await send_at(pool, notify, "2026-06-04T10:00:01") == ["email"]


async def test_other_messages_wait_for_thirty_minutes(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.3."""
    await write(pool, "2026-06-04T10:00", message(1))
    assert await send_at(pool, notify, "2026-06-04T10:29") == []
    assert await send_at(pool, notify, "2026-06-04T10:31") == ["email"]


async def test_a_message_that_is_corrected_before_it_was_sent_is_withdrawn_and_so_is_the_correction(
    pool: asyncpg.Pool, notify: Notify
) -> None:
    """2.3."""
    await write(pool, "2026-06-04T10:00", message(1))
    correction = message(2, MessageKind.CORRECTED, corrects=message(1).key)
    await write(pool, "2026-06-04T10:10", correction, version=2)
    assert await send_at(pool, notify, "2026-06-04T10:11") == []
    assert ((await get_notification(pool, 1))["state"], (await get_notification(pool, 1))["error"]) == (
        "withheld",
        "corrected",
    )
    assert await send_at(pool, notify, "2026-06-04T12:00") == []
    assert (await get_notification(pool, 2))["error"] == "first_was_not_sent"


async def test_a_message_that_was_sent_is_corrected(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.3."""
    await write(pool, "2026-06-04T10:00", message(1))
    assert await send_at(pool, notify, "2026-06-04T10:31") == ["email"]
    await write(pool, "2026-06-04T10:40", message(2, MessageKind.CORRECTED, corrects=message(1).key), version=2)
    assert await send_at(pool, notify, "2026-06-04T11:11") == ["email", "email"]


async def test_a_task_to_tell_what_was_wrong_is_over_once_it_is_corrected(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.3."""
    await write(pool, "2026-06-04T10:00", message(1), contact="phone")
    await send_at(pool, notify, "2026-06-04T10:31")
    assert (await get_notification(pool, 1))["state"] == "by_hand"
    correction = message(2, MessageKind.CORRECTED, corrects=message(1).key)
    await write(pool, "2026-06-04T10:40", correction, version=2, contact="phone")
    await send_at(pool, notify, "2026-06-04T11:11")
    assert [(await get_notification(pool, number))["state"] for number in (1, 2)] == ["withheld", "withheld"]


async def test_no_message_is_sent_while_the_victim_has_yet_to_be_told(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.1d: one that was waiting when the news came up is not sent either."""
    await write(pool, "2026-06-04T10:00", message(1), news={"day": None})
    assert await send_at(pool, notify, "2026-06-04T10:31") == []
    assert (await get_notification(pool))["error"] == "news_to_tell"


async def test_news_of_a_death_is_left_to_a_person_where_only_a_text_message_could_be_sent(
    pool: asyncpg.Pool, notify: Notify
) -> None:
    """2.1e."""
    await write(pool, "2026-06-04T10:00", message(1, MessageKind.ENDED, reason=Reason.OFFENDER_DIED), contact="text")
    assert await send_at(pool, notify, "2026-06-04T10:31") == []
    assert ((await get_notification(pool))["state"], (await get_notification(pool))["error"]) == (
        "by_hand",
        "death_not_by_text",
    )


@pytest.mark.parametrize("state", [{"quiet": True}, {"deaths": [{"whose": "victim"}]}])
async def test_nothing_is_sent_while_the_victim_wants_quiet_or_was_reported_dead(
    pool: asyncpg.Pool, notify: Notify, state: dict[str, Any]
) -> None:
    """1.11, 1.12a: it is sent once that is over."""
    await write(pool, "2026-06-04T10:00", message(1), **state)
    assert await send_at(pool, notify, "2026-06-04T10:31") == []
    await write(pool, "2026-06-04T10:40", version=2)
    assert await send_at(pool, notify, "2026-06-04T10:45") == ["email"]


@pytest.mark.parametrize(
    ("contact", "details", "form"),
    [
        ("email", {}, ["email"]),
        ("text", {}, ["sms"]),
        ("letter", {}, ["sms"]),
        ("phone", {}, ["sms"]),
        ("none", {}, ["sms"]),
        ("none", {"phone": ""}, ["email"]),
        ("none", {"phone": "", "email": ""}, []),
    ],
)
async def test_a_cancelled_day_is_sent_after_two_hours_to_everybody_who_may_travel(
    pool: asyncpg.Pool, notify: Notify, contact: str, details: dict[str, str], form: list[str]
) -> None:
    """2.2: to those who want no messages too; a letter would be too slow."""
    await write(pool, "2026-06-04T10:00", CANCELLED, contact=contact, details={**VICTIM, **details}, **UNTOLD)
    assert await send_at(pool, notify, "2026-06-04T11:59") == []
    assert await send_at(pool, notify, "2026-06-04T12:01") == form
    assert (await get_notification(pool, 2))["state"] == ("sent" if form else "by_hand")


async def test_a_cancelled_day_is_not_sent_to_a_victim_who_has_been_told(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.2."""
    await write(pool, "2026-06-04T10:00", CANCELLED, **UNTOLD)
    await write(pool, "2026-06-04T11:00", version=2, news=None)
    assert await send_at(pool, notify, "2026-06-04T12:01") == []
    assert ((await get_notification(pool, 2))["state"], (await get_notification(pool, 2))["error"]) == (
        "withheld",
        "already_told",
    )


async def test_a_cancelled_day_waits_for_no_other_message(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.2."""
    await write(pool, "2026-06-04T09:00", message(1), quiet=True)
    await write(pool, "2026-06-04T10:00", CANCELLED, version=2, quiet=True, **UNTOLD)
    assert await send_at(pool, notify, "2026-06-04T12:01") == ["email"]
    assert (await get_notification(pool, 2))["state"] == "sent"


async def test_quiet_hours_do_not_count_except_on_the_eve(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.2."""
    await write(pool, "2026-06-04T20:00", CANCELLED, **UNTOLD)
    assert await send_at(pool, notify, "2026-06-04T23:00", urgent_only=True) == []
    assert await send_at(pool, notify, "2026-06-05T08:59") == []
    assert await send_at(pool, notify, "2026-06-05T09:01") == ["email"]


async def test_on_the_eve_it_is_sent_at_night(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.2."""
    await write(pool, "2026-06-10T21:00", replace(CANCELLED, urgent=True), message(3), **UNTOLD)
    assert await send_at(pool, notify, "2026-06-10T22:59", urgent_only=True) == []
    assert await send_at(pool, notify, "2026-06-10T23:01", urgent_only=True) == ["email"]


async def test_a_day_that_has_passed_is_not_cancelled_any_more(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.6a."""
    await write(pool, "2026-06-04T10:00", CANCELLED, **UNTOLD)
    assert await send_at(pool, notify, "2026-06-12T10:00") == []
    assert (await get_notification(pool, 2))["error"] == "day_passed"


async def test_the_id_of_each_e_mail_is_random(pool: asyncpg.Pool, notify: Notify) -> None:
    """2.7: it is the same for each try of one sending, and says nothing of how far the case has come."""
    await write(pool, "2026-06-04T10:00", message(1), message(2))
    await send_at(pool, notify, "2026-06-04T10:31")
    first, second = [(await get_notification(pool, number))["mail_id"] for number in (1, 2)]
    assert first != second


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        ("2026-06-04T10:00", "2026-06-04T12:00"),
        ("2026-06-04T19:00", "2026-06-04T21:00"),
        ("2026-06-04T20:30", "2026-06-05T09:30"),
        ("2026-06-04T21:00", "2026-06-05T10:00"),
        ("2026-06-04T03:00", "2026-06-04T10:00"),
    ],
)
def test_two_hours_of_the_day_are_counted_without_the_night(moment: str, over: str) -> None:
    """2.2."""
    start, end = (datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC) for text in (moment, over))
    assert add_waking_time(start, timedelta(hours=2)) == end
