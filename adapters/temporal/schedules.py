"""What Temporal starts by the clock. Every worker that starts creates or updates the schedules."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
)
from temporalio.service import RPCError, RPCStatusCode

from ports.backoff import Backoff
from settings import Settings
from workflows.names import BIRTHDAYS, MORNING_DIGEST, RECONCILIATION
from workflows.reconciliation import ReconciliationPlan

log = structlog.get_logger("adapters.temporal.schedules")

COMPARE_SHARE, RECHECK_SHARE = 0.5, 0.2
"""What part of the time between two runs a pass may take: the three together less than all of it."""
RECONCILIATION_WINDOW = timedelta(minutes=1)
"""How late a reconciliation may start, after Temporal was unavailable: the next one comes anyway."""

MORNING = ScheduleCalendarSpec(
    hour=[ScheduleRange(7)], minute=[ScheduleRange(30)], day_of_week=[ScheduleRange(1, 5)], comment="working days"
)
DIGEST_WINDOW = timedelta(hours=6)
"""How late a digest may be sent, after Temporal was unavailable in the morning."""

MONDAY = ScheduleCalendarSpec(
    hour=[ScheduleRange(6)], minute=[ScheduleRange(0)], day_of_week=[ScheduleRange(1)], comment="once a week"
)
BIRTHDAY_WINDOW = timedelta(days=6)
"""How late birthdays may be recorded: the next week comes anyway."""

BACKOFF = Backoff(first=1.0, longest=30.0)

_PERMANENT = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT)


async def update_schedules(client: Client, settings: Settings) -> None:
    """Create the schedules of `settings`, or update them; may be called by many at once.

    One that an operator has paused remains paused. Waits for a Temporal that is unavailable, and leaves alone what
    Temporal does not allow.
    """
    for id, schedule in schedules(settings).items():
        failures = 0
        while True:
            try:
                await _apply(client, id, schedule)
            except RPCError as error:
                log.warning("schedule.not_updated", schedule=id, status=error.status.name)
                if error.status in _PERMANENT:
                    break
                failures += 1
                await asyncio.sleep(BACKOFF.pause(failures))
            else:
                log.info("schedule.updated" if schedule else "schedule.deleted", schedule=id)
                break


def schedules(settings: Settings) -> dict[str, Schedule | None]:
    """Return the schedules by their ids, which begin with the task queue; None: there must be no such schedule.

    All are at London time: birthdays on Mondays at six; digests at half past seven, where there is a relay, Monday to
    Friday without holidays.
    """
    queue, interval = settings.task_queue, timedelta(minutes=settings.reconcile_minutes)
    seconds = interval.total_seconds()
    plan = ReconciliationPlan(seconds * COMPARE_SHARE, seconds * RECHECK_SHARE, settings.reconcile_cases)
    reconciliation = Schedule(
        action=ScheduleActionStartWorkflow(
            RECONCILIATION,
            plan,
            id=f"{queue}-reconciliation",
            task_queue=queue,
            static_summary="Compares the case file with the cases' workflows",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(interval)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=RECONCILIATION_WINDOW),
    )
    digest = Schedule(
        action=ScheduleActionStartWorkflow(
            MORNING_DIGEST,
            id=f"{queue}-digest",
            task_queue=queue,
            static_summary="Sends supervisors their digests",
        ),
        spec=ScheduleSpec(calendars=[MORNING], time_zone_name="Europe/London"),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=DIGEST_WINDOW),
    )
    birthdays = Schedule(
        action=ScheduleActionStartWorkflow(
            BIRTHDAYS,
            id=f"{queue}-birthdays",
            task_queue=queue,
            static_summary="Records who is 18 now",
        ),
        spec=ScheduleSpec(calendars=[MONDAY], time_zone_name="Europe/London"),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=BIRTHDAY_WINDOW),
    )
    return {
        f"{queue}-birthdays": birthdays,
        f"{queue}-reconciliation": reconciliation if settings.reconcile_minutes else None,
        f"{queue}-digest": digest if settings.digest and settings.smtp_host else None,
    }


async def _apply(client: Client, id: str, schedule: Schedule | None) -> None:
    handle = client.get_schedule_handle(id)
    if schedule is None:
        try:
            await handle.delete()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        return
    try:
        await client.create_schedule(id, schedule)
    except ScheduleAlreadyRunningError:
        await handle.update(lambda old: ScheduleUpdate(replace(schedule, state=old.description.schedule.state)))
