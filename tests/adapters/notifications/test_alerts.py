"""Urgent alerts are sent at once, at any hour, to supervisors and the duty address of the area (1.4, 1.3a, 1.3d)."""

import asyncio
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import asyncpg
import pytest

from adapters.channels.relay import Relay
from adapters.notifications.alerts import AlertSender
from adapters.postgres.alerts import PostgresAlerts
from adapters.postgres.case_file import PostgresCaseFile
from domain.effects import NotifySupervisor
from domain.vocabulary import CaseRef
from ports.case_file import Notification
from queries.digests import DigestQueries
from tests.adapters.batches import REF, START, create_batch
from tests.adapters.notifications.mailbox import Mailbox

pytestmark = pytest.mark.postgres

SENDER = "Casework <casework@service.example>"
DUTY = {"eastshire": "duty@eastshire.example"}
CONCERN = NotifySupervisor(f"{REF}.1.supervisor", REF, "concern_raised", "concern:1", urgent=True)
DECIDED = NotifySupervisor(f"{REF}.1.supervisor.raised", REF, "concern_decided", "no_concern", account="c.okafor")
MEMBERS = """
insert into staff (id, roles, areas, email, active) values
    ('s.lindqvist', '{supervisor}', '{eastshire}', 's.lindqvist@staff.example', true),
    ('t.ito', '{supervisor}', '{westhaven}', 't.ito@staff.example', true),
    ('v.gone', '{supervisor}', '{eastshire}', 'v.gone@staff.example', false),
    ('u.silent', '{supervisor}', '{eastshire}', '', true),
    ('c.okafor', '{caseworker}', '{eastshire}', 'c.okafor@staff.example', true)
"""


@pytest.fixture(autouse=True)
async def _staff(pool: asyncpg.Pool) -> None:
    await pool.execute("delete from staff")
    await pool.execute(MEMBERS)


async def write(pool: asyncpg.Pool, effect: NotifySupervisor = CONCERN, raised_by: str = "c.okafor") -> None:
    state: dict[str, Any] = {"concerns": [{"raised_by": raised_by, "wait": {"key": "concern:1"}}]}
    batch = create_batch(1, ref=CaseRef(effect.ref), state=state)
    await PostgresCaseFile(pool).write(replace(batch, notifications=(Notification(effect, START),)))


def sender(pool: asyncpg.Pool, mailbox: Mailbox) -> AlertSender:
    relay = Relay("127.0.0.1", mailbox.port, security="none")
    return AlertSender(PostgresAlerts(pool), relay, SENDER, DUTY)


def recipients(mailbox: Mailbox) -> list[str]:
    return sorted(str(message["to"]) for message in mailbox.messages)


async def test_a_concern_is_mailed_to_the_areas_supervisors_and_its_duty_address_once(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    await write(pool)
    alerts = sender(pool, mailbox)
    assert [await alerts.send_due() for _ in range(2)] == [1, 0]
    assert recipients(mailbox) == ["duty@eastshire.example", "s.lindqvist@staff.example"]
    text = mailbox.messages[0].get_content()
    assert "concern about contact was raised" in text
    assert str(mailbox.messages[0]["subject"]) == f"Urgent: {REF} (eastshire)"


async def test_where_the_areas_only_supervisor_raised_it_those_of_other_areas_are_alerted(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    await write(pool, raised_by="s.lindqvist")
    await sender(pool, mailbox).send_due()
    assert recipients(mailbox) == ["duty@eastshire.example", "t.ito@staff.example"]


async def test_the_member_of_staff_who_raised_it_is_told_of_the_decision_and_nobody_else(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    await write(pool, DECIDED)
    await sender(pool, mailbox).send_due()
    assert recipients(mailbox) == ["c.okafor@staff.example"]
    digests = DigestQueries(pool)
    assert await digests.list_alerts(0, 10**9, areas=None, limit=10) == ()


async def test_an_alert_that_is_not_urgent_waits_for_the_digest(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool, replace(CONCERN, event="risk_expired", about="", urgent=False))
    assert await sender(pool, mailbox).send_due() == 0


async def test_a_recipient_who_was_refused_for_now_is_tried_again_and_no_other(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    await write(pool)
    mailbox.refusing.append("451 4.3.0 try again later")
    alerts = sender(pool, mailbox)
    await alerts.send_due()
    assert len(mailbox.messages) == 1
    await pool.execute("update notifications set next_try_at = now()")
    assert [await alerts.send_due(), await alerts.send_due()] == [1, 0]
    assert recipients(mailbox) == ["duty@eastshire.example", "s.lindqvist@staff.example"]


async def test_an_alert_for_nobody_is_tried_again(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await pool.execute("update staff set email = ''")
    await write(pool, replace(CONCERN, ref=REF))
    alerts = AlertSender(PostgresAlerts(pool), Relay("127.0.0.1", mailbox.port, security="none"), SENDER, {})
    await alerts.send_due()
    assert await pool.fetchval("select alerted_at is null and next_try_at > now() from notifications")


class MeetingRelay(Relay):
    """Answers once two messages are on their way."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, security="none")
        self.both = asyncio.Barrier(2)

    async def send(self, message: EmailMessage) -> str:
        async with asyncio.timeout(120):
            await self.both.wait()
        return "250 2.0.0 ok"


async def test_a_relay_that_is_slow_for_one_case_holds_up_no_alert_of_another(pool: asyncpg.Pool) -> None:
    await write(pool)
    other = CaseRef("RJ-222B-2222")
    await write(pool, replace(CONCERN, key=f"{other}.1.supervisor", ref=other))
    assert await AlertSender(PostgresAlerts(pool), MeetingRelay(), SENDER, {}).send_due() == 2
    assert await pool.fetchval("select count(*) from notifications where alerted = '{s.lindqvist}'") == 2
