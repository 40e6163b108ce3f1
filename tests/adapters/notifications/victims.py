"""Victims of invented cases, what they are to be told, and what came of that."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from adapters.notifications.quiet_hours import LONDON
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.vault import PostgresVault
from domain.effects import NotifyVictim
from domain.victim_explanation import compose
from domain.victim_notifications import MessageKind
from domain.vocabulary import CaseRef, Stage, Step
from ports.case_file import Notification
from tests.adapters.batches import REF, START, create_batch
from workflows.clock import CaseClock

VICTIM: Mapping[str, str] = {
    "name": "Marked-Name Ashworth",
    "email": "marked.ashworth@mail.example",
    "phone": "07700 900123",
    "address": "3 Marked Lane, Eastmoor, EM1 2AB",
}


def milestone(number: int, ref: CaseRef = REF) -> NotifyVictim:
    """What the victim is to be told because of the entry of this number."""
    key = f"{ref}.{number}.victim"
    return NotifyVictim(key, ref, MessageKind.MILESTONE, Stage.OFFENDER_TRACED, Step.AGENCY_CHECK)


WORDING = compose(milestone(1))


async def write(
    pool: asyncpg.Pool,
    *numbers: int,
    ref: CaseRef = REF,
    contact: str = "email",
    died: bool = False,
    step: str = "screening",
    details: Mapping[str, str] | None = VICTIM,
    **changes: Any,
) -> None:
    """A case whose victim wants messages by `contact`, with a message to send for each of these entries."""
    state = {"contact": contact, "progress": {"victim_died": died}}
    written = create_batch(1, ref=ref, state=state, step=step, **changes)
    notifications = tuple(Notification(milestone(number, ref), START + timedelta(days=number)) for number in numbers)
    await PostgresCaseFile(pool).write(replace(written, notifications=notifications))
    if details is not None:
        await PostgresVault(pool).save_victim(ref, details, by="staff:test")


async def now_wants(pool: asyncpg.Pool, contact: str, ref: CaseRef = REF) -> None:
    """The victim changes how they want to hear; the next page of the case says so."""
    state = {"contact": contact, "progress": {"victim_died": False}}
    await PostgresCaseFile(pool).write(create_batch(2, ref=ref, state=state))


async def get_notification(pool: asyncpg.Pool, number: int = 1, ref: CaseRef = REF) -> dict[str, Any]:
    """The whole row of a notification."""
    row = await pool.fetchrow("select * from notifications where key = $1", f"{ref}.{number}.victim")
    assert row is not None
    return dict(row)


async def let_leases_run_out(pool: asyncpg.Pool) -> None:
    """As if the time of every lease and every pause had passed."""
    await pool.execute("update notifications set next_try_at = now() where state = 'waiting'")


def create_clock(text: str, day_seconds: float = 86_400) -> CaseClock:
    """A clock that shows this local time now."""
    shown = datetime.fromisoformat(text).replace(tzinfo=LONDON)
    return CaseClock(datetime.now(UTC).timestamp(), shown.timestamp(), day_seconds)


BY_DAY = create_clock("2026-06-04T09:30")
