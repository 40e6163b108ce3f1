"""Messages reach victims in the form they want at that moment, in order, by day, and are never in the logs."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.channels.notification_email import NotificationEmailChannel
from adapters.channels.notify import NotifyChannel
from adapters.channels.relay import Relay
from adapters.notifications.quiet_hours import LONDON
from adapters.notifications.sender import LEASE_SECONDS
from adapters.postgres.outbox import PostgresOutbox
from domain.vocabulary import CaseRef, Contact
from ports.notifications import MessageWords, NotificationChannel, NotificationText, OutgoingNotification, Recipient
from tests.adapters.batches import OTHER_REF, REF
from tests.adapters.notifications.mailbox import Mailbox
from tests.adapters.notifications.notify_api import API_KEY, NotifyProblem
from tests.adapters.notifications.senders import CONTACT, SENDER, TEMPLATES, Notify, by_mail, create_sender
from tests.adapters.notifications.victims import (
    BY_DAY,
    VICTIM,
    WORDING,
    create_clock,
    get_notification,
    let_leases_run_out,
    milestone,
    now_wants,
    write,
)
from tests.conftest import empty_database
from tests.waiting import until

pytestmark = pytest.mark.postgres


async def test_words_are_written_when_they_are_sent_and_what_was_sent_is_stored(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    """2.10c."""
    await write(pool, 1)
    row = await get_notification(pool)
    assert (row["message"], row["step"], row["wording"], row["language"]) == ("milestone", "agency_check", None, None)

    await create_sender(pool, by_mail(mailbox)).send_due()
    row = await get_notification(pool)
    assert (tuple(row["wording"]), row["language"]) == (WORDING, "en")


async def test_a_caseworker_who_has_to_tell_it_has_the_words(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    """2.10c."""
    await write(pool, 1, contact="phone")

    await create_sender(pool, by_mail(mailbox)).send_due()
    assert tuple((await get_notification(pool))["wording"]) == WORDING


async def test_a_victim_gets_the_words_of_the_message_by_e_mail(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool, 1)

    assert await create_sender(pool, by_mail(mailbox)).send_due() == 1
    (message,) = mailbox.messages
    text = message.get_content().replace("\r\n", "\n")
    assert (message["To"], message["From"]) == (VICTIM["email"], SENDER)
    assert text.startswith(f"Dear {VICTIM['name']},\n\n{WORDING[0]}")
    assert all(line in " ".join(text.split()) for line in WORDING)
    assert "ask us to stop" in text
    assert CONTACT in text
    row = await get_notification(pool)
    assert (row["state"], row["form"], row["error"]) == ("sent", "email", "")
    assert row["provider_id"] == message["Message-ID"]
    assert row["sent_at"] is not None


async def test_what_shows_on_a_locked_screen_says_nothing_of_the_case(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool, 1)

    await create_sender(pool, by_mail(mailbox)).send_due()
    (message,) = mailbox.messages
    assert message["Subject"] == f"About your request {REF}"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("contact", "kind", "address"),
    [
        ("email", "email", {"email_address": VICTIM["email"]}),
        ("text", "sms", {"phone_number": VICTIM["phone"]}),
        ("letter", "letter", {}),
    ],
)
async def test_a_victim_hears_through_notify_in_the_form_they_chose(
    pool: asyncpg.Pool, notify: Notify, contact: str, kind: str, address: dict[str, str]
) -> None:
    api, way = notify
    await write(pool, 1, contact=contact)

    await create_sender(pool, way).send_due()
    (sent,) = api.sent
    assert sent.items() >= {"type": kind, "reference": milestone(1).key, **address}.items()
    assert all(line in sent["personalisation"]["body"] for line in WORDING[1:] if line)
    row = await get_notification(pool)
    assert (row["state"], row["form"], row["provider_id"]) == ("sent", contact, sent["id"])


async def test_a_letter_has_the_victims_name_and_each_part_of_the_address_on_a_line(
    pool: asyncpg.Pool, notify: Notify
) -> None:
    api, way = notify
    await write(pool, 1, contact="letter")

    await create_sender(pool, way).send_due()
    (sent,) = api.sent
    fields = sent["personalisation"]
    lines = [fields[name] for name in sorted(fields) if name.startswith("address_line_")]
    assert lines == [VICTIM["name"], "3 Marked Lane", "Eastmoor", "EM1 2AB"]
    assert fields["subject"] == WORDING[0]


async def test_a_preference_that_changed_since_the_message_was_written_is_the_one_that_counts(
    pool: asyncpg.Pool, notify: Notify
) -> None:
    api, way = notify
    await write(pool, 1, contact="email")
    await now_wants(pool, "text")

    await create_sender(pool, way).send_due()
    assert [sending["type"] for sending in api.sent] == ["sms"]


@pytest.mark.parametrize(
    ("victim", "why"),
    [
        ({"contact": "none"}, "no_contact_wanted"),
        ({"died": True}, "victim_died"),
        ({"contact": "phone", "died": True}, "victim_died"),
        ({"step": "asking_victim"}, "victim_is_being_asked"),
    ],
)
async def test_a_victim_who_must_not_be_contacted_is_told_nothing(
    pool: asyncpg.Pool, notify: Notify, victim: dict[str, Any], why: str
) -> None:
    api, way = notify
    await write(pool, 1, **victim)

    await create_sender(pool, way).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["error"], api.sent) == ("withheld", why, [])
    assert await pool.fetchval("select count(*) from notifications where task_since is not null") == 0


async def test_who_no_longer_wants_to_hear_is_not_told_what_was_written_before(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    await write(pool, 1, 2)
    await now_wants(pool, "none")

    sender = create_sender(pool, by_mail(mailbox))
    while await sender.send_due():
        pass
    assert mailbox.messages == []
    assert [(await get_notification(pool, number))["state"] for number in (1, 2)] == ["withheld", "withheld"]


@pytest.mark.parametrize(
    ("victim", "form", "why"),
    [
        ({"contact": "phone"}, "phone", "by_telephone"),
        ({"contact": "text"}, "text", "form_not_sent"),
        ({"contact": "letter"}, "letter", "form_not_sent"),
        ({"details": {"name": "Gwen Ashworth"}}, "email", "no_address"),
        ({"details": None}, "email", "no_address"),
        ({"details": {**VICTIM, "email": "two@mail.example, people@mail.example"}}, "email", "bad_address"),
    ],
)
async def test_what_plain_e_mail_cannot_bring_is_a_task_for_the_caseworker(
    pool: asyncpg.Pool, mailbox: Mailbox, victim: dict[str, Any], form: str, why: str
) -> None:
    await write(pool, 1, **victim)

    await create_sender(pool, by_mail(mailbox)).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["form"], row["error"]) == ("by_hand", form, why)
    assert row["task_since"] is not None
    assert mailbox.messages == []


async def test_a_form_without_a_template_is_a_task(pool: asyncpg.Pool, notify: Notify) -> None:
    await write(pool, 1, contact="letter")

    async with NotifyChannel(notify[0].url, API_KEY, {**TEMPLATES, Contact.LETTER: ""}) as way:
        await create_sender(pool, way).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["error"]) == ("by_hand", "form_not_sent")


@pytest.mark.parametrize(
    ("contact", "details"),
    [
        ("email", {"email": "marked.nowhere"}),
        ("text", {"phone": "0770 12"}),
        ("letter", {"address": "3 Marked Lane, Eastmoor"}),
    ],
)
async def test_an_address_that_notify_refuses_is_a_task_told_by_its_code_alone(
    pool: asyncpg.Pool, notify: Notify, contact: str, details: dict[str, str]
) -> None:
    api, way = notify
    await write(pool, 1, contact=contact, details={**VICTIM, **details})

    await create_sender(pool, way).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["error"], api.sent) == ("by_hand", "status 400 ValidationError", [])


async def test_a_mailbox_that_the_relay_refuses_is_a_task(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool, 1)
    mailbox.refusing.append("550 5.1.1 marked.ashworth@mail.example is unknown here")

    await create_sender(pool, by_mail(mailbox)).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["error"]) == ("by_hand", "smtp 550")


FAULTS = {
    "status 429 RateLimitError": NotifyProblem(429, "RateLimitError", "Exceeded rate limit for key type LIVE"),
    "status 429 TooManyRequestsError": NotifyProblem(
        429, "TooManyRequestsError", "Exceeded send limits (50) for today"
    ),
    "status 500 Exception": NotifyProblem(500, "Exception", "Internal server error"),
    "status 503 Exception": NotifyProblem(503, "Exception", "Service unavailable"),
    "status 403 AuthError": NotifyProblem(
        403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds"
    ),
    "status 400 BadRequestError": NotifyProblem(400, "BadRequestError", "Can't send to this recipient in trial mode"),
}


@pytest.mark.parametrize("code", FAULTS)
async def test_what_is_not_the_address_s_fault_is_tried_again(pool: asyncpg.Pool, notify: Notify, code: str) -> None:
    api, way = notify
    api.failing.append(FAULTS[code])
    await write(pool, 1)
    sender = create_sender(pool, way)

    await sender.send_due()
    row = await get_notification(pool)
    assert (row["state"], row["error"], row["attempts"]) == ("waiting", code, 1)
    assert timedelta(seconds=3) < row["next_try_at"] - datetime.now(UTC) < timedelta(seconds=6)
    assert row["failing_since"] is not None

    await let_leases_run_out(pool)
    await sender.send_due()
    row = await get_notification(pool)
    assert (row["state"], row["error"], row["failing_since"]) == ("sent", "", None)


async def test_a_wrong_key_and_a_notify_that_is_unavailable_are_waited_out(pool: asyncpg.Pool, notify: Notify) -> None:
    await write(pool, 1)
    other_key = API_KEY[:-1] + "1"
    nobody = "http://127.0.0.1:1"
    for url, key, code in ((notify[0].url, other_key, "status 403 AuthError"), (nobody, API_KEY, "unreachable")):
        await let_leases_run_out(pool)
        async with NotifyChannel(url, key, TEMPLATES) as way:
            await create_sender(pool, way).send_due()
        row = await get_notification(pool)
        assert (row["state"], row["error"]) == ("waiting", code)


async def test_a_relay_that_is_unavailable_is_waited_for(pool: asyncpg.Pool) -> None:
    await write(pool, 1)

    await create_sender(pool, NotificationEmailChannel(Relay("127.0.0.1", 1, security="none"), SENDER)).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["error"]) == ("waiting", "refused")


async def test_a_case_s_notifications_are_sent_in_order_and_a_failing_one_delays_no_other_case(
    pool: asyncpg.Pool, notify: Notify
) -> None:
    api, way = notify
    await write(pool, 1, 2, 3)
    sender = create_sender(pool, way)
    api.failing.append(FAULTS["status 500 Exception"])

    assert await sender.send_due() == 1
    await write(pool, 1, ref=OTHER_REF)
    assert await sender.send_due() == 1
    assert await sender.send_due() == 0, "the others of the case wait for the first"
    assert [sending["reference"] for sending in api.sent] == [milestone(1, OTHER_REF).key]
    await let_leases_run_out(pool)
    while await sender.send_due():
        pass
    assert [sending["reference"] for sending in api.sent[1:]] == [milestone(number).key for number in (1, 2, 3)]
    rows = [await get_notification(pool, number) for number in (1, 2, 3)]
    assert [row["state"] for row in rows] == ["sent"] * 3
    assert rows[0]["sent_at"] < rows[1]["sent_at"] < rows[2]["sent_at"]


async def test_what_a_caseworker_has_to_tell_holds_up_nothing(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool, 1, 2, contact="phone")
    sender = create_sender(pool, by_mail(mailbox))

    await sender.send_due()
    await now_wants(pool, "email")
    await sender.send_due()
    assert [(await get_notification(pool, number))["state"] for number in (1, 2)] == ["by_hand", "sent"]


async def test_two_senders_send_each_notification_once(pool: asyncpg.Pool, notify: Notify) -> None:
    api, way = notify
    refs = [CaseRef(f"RJ-{number:04d}-{number:04d}") for number in range(2222, 2242)]
    for ref in refs:
        await write(pool, 1, 2, ref=ref)
    senders = [create_sender(pool, way), create_sender(pool, way)]

    while sum(await asyncio.gather(*(sender.send_due() for sender in senders))):
        pass
    references = [sending["reference"] for sending in api.sent]
    assert sorted(references) == sorted(milestone(number, ref).key for ref in refs for number in (1, 2))


async def test_a_supervisor_s_notification_waits_for_the_digest(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool)
    await pool.execute(
        """
        insert into notifications (key, ref, recipient, message, about, wording, at)
        values ($1, $2, 'supervisor', 'became_overdue', '', '{overdue}', now())
        """,
        f"{REF}.1.supervisor",
        REF,
    )

    assert await create_sender(pool, by_mail(mailbox)).send_due() == 0
    assert await pool.fetchval("select state from notifications") == "waiting"


class InterruptedChannel:
    """A channel that is cut off: before the provider has the message, or right after."""

    forms = frozenset(Contact)

    def __init__(self, way: NotificationChannel, *, after: bool) -> None:
        self._way = way
        self._after = after
        self.cut_off = asyncio.Event()

    async def send(
        self, form: Contact, to: Recipient, notification: OutgoingNotification, text: NotificationText
    ) -> str:
        if self._after:
            await self._way.send(form, to, notification, text)
        self.cut_off.set()
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("after", [False, True])
async def test_a_sender_killed_in_the_middle_loses_nothing_and_the_next_uses_the_same_reference(
    pool: asyncpg.Pool, notify: Notify, after: bool
) -> None:
    api, way = notify
    await write(pool, 1)
    killed = InterruptedChannel(way, after=after)
    first = asyncio.create_task(create_sender(pool, killed).send_due())
    await killed.cut_off.wait()
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first

    row = await get_notification(pool)
    lease = row["next_try_at"] - datetime.now(UTC)
    assert (row["state"], row["reference"]) == ("waiting", milestone(1).key)
    assert timedelta() < lease <= timedelta(seconds=LEASE_SECONDS)
    second = create_sender(pool, way)
    assert await second.send_due() == 0, "not before the lease runs out"
    await let_leases_run_out(pool)
    assert await second.send_due() == 1
    assert [sending["reference"] for sending in api.sent] == [milestone(1).key], "Notify has it once"
    row = await get_notification(pool)
    assert (row["state"], row["provider_id"], row["attempts"]) == ("sent", api.sent[0]["id"], 2)


async def test_what_notify_took_although_its_answer_was_lost_is_not_sent_twice(
    pool: asyncpg.Pool, notify: Notify
) -> None:
    api, way = notify
    api.losing = 1
    await write(pool, 1)
    sender = create_sender(pool, way)

    await sender.send_due()
    assert (await get_notification(pool))["error"] == "status 500 Exception"
    await let_leases_run_out(pool)
    await sender.send_due()
    assert (len(api.sent), api.asked_for) == (1, [milestone(1).key])
    assert (await get_notification(pool))["state"] == "sent"


async def test_an_e_mail_that_is_sent_again_keeps_its_id(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool, 1)
    way = by_mail(mailbox)
    killed = InterruptedChannel(way, after=True)
    first = asyncio.create_task(create_sender(pool, killed).send_due())
    await killed.cut_off.wait()
    first.cancel()
    await let_leases_run_out(pool)
    await create_sender(pool, way).send_due()

    one, other = mailbox.messages
    assert one["Message-ID"] == other["Message-ID"]


async def test_the_id_of_an_e_mail_is_random_and_no_header_says_how_far_a_case_has_come(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    """2.7: the same message of the same case has another id the next time, so that no id can be told from the case."""
    for _ in range(3):
        await empty_database(pool)
        await write(pool, 1)
        assert await create_sender(pool, by_mail(mailbox)).send_due() == 1

    assert len({str(mail["Message-ID"]) for mail in mailbox.messages}) == 3
    for mail in mailbox.messages:
        headers = " ".join(f"{name}: {value}" for name, value in mail.items() if name != "Subject")
        for told in (milestone(1).key, milestone(1).ref, milestone(1).step, milestone(1).stage, "victim"):
            assert told not in headers


async def test_a_try_whose_lease_ran_out_does_not_undo_what_the_next_one_found(
    pool: asyncpg.Pool, notify: Notify
) -> None:
    _, way = notify
    await write(pool, 1)
    outbox = PostgresOutbox(pool)
    (slow,) = await outbox.lease(1, 60, datetime.now(UTC), timedelta())
    await let_leases_run_out(pool)
    await create_sender(pool, way).send_due()

    await outbox.hand_over(slow, Contact.EMAIL, "bad_address", MessageWords(WORDING))
    await outbox.record_failure(slow, Contact.EMAIL, "timeout", datetime.now(UTC))
    assert (await get_notification(pool))["state"] == "sent"


async def test_nothing_leaves_at_night_and_what_was_on_its_way_at_nine_waits_until_eight(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    await write(pool, 1)
    sender = create_sender(pool, by_mail(mailbox), create_clock("2026-06-04T21:00"))

    await sender.send_due()
    row = await get_notification(pool)
    until = row["next_try_at"] - datetime.now(UTC)
    assert mailbox.messages == []
    assert timedelta(hours=10, minutes=59) < until < timedelta(hours=11, minutes=1)
    assert (row["state"], row["attempts"]) == ("waiting", 0)


async def test_the_loop_rests_at_night_and_goes_on_in_the_morning(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool, 1)
    clock = create_clock("2026-06-04T22:00", day_seconds=3)
    sender = create_sender(pool, by_mail(mailbox), clock)
    running = asyncio.create_task(sender.run())
    try:
        await until(lambda: mailbox.messages)
    finally:
        sender.stop()
        await running
    row = await get_notification(pool)
    assert row["attempts"] == 1, "it was tried once, when it was sent"
    sent_at = clock.case_time(row["sent_at"]).astimezone(LONDON)
    assert sent_at >= datetime(2026, 6, 5, 8, tzinfo=LONDON)


async def test_the_loop_ends_when_it_is_told_to(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    for clock in (BY_DAY, create_clock("2026-06-04T22:00")):
        sender = create_sender(pool, by_mail(mailbox), clock)
        running = asyncio.create_task(sender.run())
        await asyncio.sleep(0.05)
        sender.stop()
        async with asyncio.timeout(120):
            await running
