"""The morning digest in service: a real relay, a real schedule, and supervisors who each get theirs once."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr
from temporalio import activity
from temporalio.client import Client, ScheduleHandle
from temporalio.service import RPCError, RPCStatusCode

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from adapters.temporal.schedules import update_schedules
from devstack.embedded import TemporalServer
from domain.calendar import ENGLAND_AND_WALES_2028
from domain.vocabulary import CaseRef
from ports.digests import DigestTotals
from settings import Settings
from tests.adapters.batches import create_batch
from tests.fakes import MemoryChannel
from tests.mailbox import Mailbox, mailbox
from tests.token_keys import TOKEN_KEY_SETTING
from tests.waiting import eventually
from worker import build_worker, create_digests

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

MONDAY, TUESDAY = date(2026, 4, 13), date(2026, 4, 14)
EAST, WEST = CaseRef("RJ-222A-2222"), CaseRef("RJ-222B-2222")


@dataclass
class Morning:
    """A service with a mail server, two areas with a case each, and its supervisors."""

    pool: asyncpg.Pool
    settings: Settings
    box: Mailbox

    async def supervisor(self, id: str, email: str, areas: list[str] | None = None, **wanted: Any) -> None:
        query = "insert into staff (id, roles, areas, email, active) values ($1, $2, $3, $4, $5)"
        roles = wanted.get("roles", ["supervisor"])
        await self.pool.execute(query, id, roles, areas, email, wanted.get("active", True))

    async def alert(self, ref: CaseRef, line: str, ago: timedelta = timedelta(hours=1)) -> None:
        await self.pool.execute(
            """
            insert into notifications (key, ref, recipient, message, about, wording, at, queued_at)
            values ($1, $2, 'supervisor', 'overdue', 'x', $3, now(), now() - $4::interval)
            """,
            uuid.uuid4().hex,
            ref,
            [line],
            ago,
        )

    async def send(self, day: date) -> DigestTotals:
        return await create_digests(self.settings, self.pool).send(day, lambda: None)

    def to(self) -> list[str]:
        return [mail["To"] for mail in self.box.messages]


@pytest.fixture
async def morning(dsn: str) -> AsyncIterator[Morning]:
    async with mailbox() as box, await open_pool(dsn) as pool:
        settings = Settings(
            token_key=TOKEN_KEY_SETTING,
            database_url=SecretStr(dsn),
            task_queue=f"digested-{uuid.uuid4().hex}",
            smtp_host="127.0.0.1",
            smtp_port=box.port,
            smtp_security="none",
            mail_from="Casework <casework@rj.example>",
        )
        for ref, area in ((EAST, "eastshire"), (WEST, "westshire")):
            await PostgresCaseFile(pool).write(create_batch(1, ref=ref, area=area))
        yield Morning(pool, settings, box)


async def test_each_supervisor_is_sent_what_is_new_in_their_areas_and_only_once_a_day(morning: Morning) -> None:
    await morning.supervisor("sv-all", "all@rj.example")
    await morning.supervisor("sv-east", "east@rj.example", ["eastshire"])
    await morning.supervisor("sv-left", "left@rj.example", active=False)
    await morning.supervisor("sv-none", "")
    await morning.supervisor("cw-1", "caseworker@rj.example", roles=["caseworker"])
    await morning.alert(EAST, f"{EAST} is overdue.")
    await morning.alert(WEST, f"{WEST} is overdue.")
    await morning.alert(WEST, f"{WEST} was overdue long ago.", ago=timedelta(days=9))

    assert await morning.send(MONDAY) == DigestTotals(sent=3)
    assert morning.to() == ["all@rj.example", "east@rj.example", "caseworker@rj.example"]
    assert "Your open cases: 0." in morning.box.text(2)
    assert f"- {EAST} is overdue." in morning.box.text(0)
    assert f"- {WEST} is overdue." in morning.box.text(0)
    assert f"- {EAST} is overdue." in morning.box.text(1)
    assert WEST not in morning.box.text(1) + morning.box.html(1)
    assert "long ago" not in morning.box.text(0)
    assert f"<li>{EAST} is overdue.</li>" in morning.box.html(1)
    assert await morning.send(MONDAY) == DigestTotals(already_sent=3)

    assert await morning.send(TUESDAY) == DigestTotals(sent=3)
    assert "Nothing new since your last digest." in morning.box.text(3)
    assert "Nothing new in your cases since you last saw them." in morning.box.text()
    assert len({mail["Message-ID"] for mail in morning.box.messages}) == 6


async def test_an_alert_that_may_still_be_overtaken_is_left_for_the_next_morning(morning: Morning) -> None:
    await morning.supervisor("sv-all", "all@rj.example")
    await morning.alert(EAST, "Just now.", ago=timedelta(0))
    await morning.send(MONDAY)
    assert "Just now." not in morning.box.text()
    await morning.pool.execute("update notifications set queued_at = queued_at - interval '1 hour'")
    await morning.send(TUESDAY)
    assert "Just now." in morning.box.text()


async def test_the_stuck_cases_are_named_with_what_can_be_done(morning: Morning) -> None:
    await morning.supervisor("sv-west", "west@rj.example", ["westshire"])
    query = "insert into findings (ref, kind, area, detail) values ($1, 'state_mismatch', 'westshire', 'no_workflow')"
    await morning.pool.execute(query, WEST)
    await morning.send(MONDAY)
    _, _, worst = morning.box.text().partition("STUCK CASES, MOST URGENT FIRST\n")
    assert worst.startswith(f"- {WEST} (westshire, unassigned): ")
    assert EAST not in worst


async def test_an_address_that_is_refused_holds_up_nobody(morning: Morning) -> None:
    await morning.supervisor("sv-1", "one,two@rj.example")
    await morning.supervisor("sv-2", "two@rj.example")
    assert await morning.send(MONDAY) == DigestTotals(sent=1, refused=1)
    await morning.pool.execute("update staff set email = 'one@rj.example' where id = 'sv-1'")
    assert await morning.send(MONDAY) == DigestTotals(sent=1, already_sent=1)
    assert morning.to() == ["two@rj.example", "one@rj.example"]


async def test_while_the_relay_refuses_nobody_counts_as_told(morning: Morning) -> None:
    await morning.supervisor("sv-1", "one@rj.example")
    await morning.alert(EAST, f"{EAST} is overdue.")
    morning.box.refusals["DATA"] = "451 4.3.0 try later"
    assert await morning.send(MONDAY) == DigestTotals(left=1)
    morning.box.refusals.clear()
    assert await morning.send(MONDAY) == DigestTotals(sent=1)
    assert f"- {EAST} is overdue." in morning.box.text()


async def test_the_schedule_sends_them_and_a_worker_tries_again_while_somebody_is_left(
    morning: Morning, temporal: TemporalServer
) -> None:
    client = await Client.connect(temporal.address, plugins=[SHARED])
    await morning.supervisor("sv-1", "one@rj.example")
    morning.box.refusals["DATA"] = "451 4.3.0 try later"
    digests = create_digests(morning.settings, morning.pool)

    class RelayAcceptsAgain:
        """The real thing; the relay takes messages again after the first attempt."""

        async def send(self, day: date, heartbeat: Any) -> DigestTotals:
            done = await digests.send(day, heartbeat)
            morning.box.refusals.clear()
            assert activity.info().attempt == (1 if done.left else 2)
            return done

    settings = morning.settings.model_copy(update={"reconcile_minutes": 0})
    async with build_worker(client, morning.pool, MemoryChannel(), settings.task_queue, RelayAcceptsAgain()):
        await update_schedules(client, settings)
        schedule = client.get_schedule_handle(f"{settings.task_queue}-digest")
        described = await schedule.describe()
        (first, *_) = described.info.next_action_times
        assert described.schedule.spec.time_zone_name == "Europe/London"
        assert first.weekday() < 5
        await schedule.trigger()
        run = await eventually(lambda: _run(schedule))
        handle = client.get_workflow_handle(run.action.workflow_id, run_id=run.action.first_execution_run_id)
        sent = (await handle.result())["sent"]
    works_today = ENGLAND_AND_WALES_2028.is_working_day(ENGLAND_AND_WALES_2028.day_of(run.started_at))
    assert sent == len(morning.box.messages) == (1 if works_today else 0)
    await update_schedules(client, settings.model_copy(update={"digest": False}))
    with pytest.raises(RPCError) as raised:
        await schedule.describe()
    assert raised.value.status is RPCStatusCode.NOT_FOUND


async def _run(schedule: ScheduleHandle) -> Any:
    actions = (await schedule.describe()).info.recent_actions
    return actions[-1] if actions else None
