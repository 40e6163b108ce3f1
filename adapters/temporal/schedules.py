"""What Temporal starts by the clock: each schedule is made, or brought up to date, by every process that starts."""

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
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from settings import Settings
from workflows.names import MORNING_DIGEST, RECONCILIATION
from workflows.reconciliation import ReconciliationPlan

log = structlog.get_logger("adapters.temporal.schedules")

SHARE_TO_COMPARE, SHARE_TO_LOOK = 0.5, 0.2
"""What part of the time between two runs a pass may take: the three together less than all of it."""
LATEST = timedelta(minutes=1)
"""How late a run of the reconciliation may begin, after Temporal was away: the next one comes anyway."""

MORNING = ScheduleCalendarSpec(
    hour=[ScheduleRange(7)], minute=[ScheduleRange(30)], day_of_week=[ScheduleRange(1, 5)], comment="working days"
)
LATEST_DIGEST = timedelta(hours=6)
"""How late a digest may leave, after Temporal was away in the morning."""

SECONDS_BETWEEN_TRIES = 5.0

_FOR_GOOD = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT)


def schedules(settings: Settings) -> dict[str, Schedule | None]:
    """The schedules of a service by their ids, which hold its task queue; None: it is to have no such schedule."""
    return {
        f"{settings.task_queue}-reconciliation": _reconciliation(settings),
        f"{settings.task_queue}-digest": _digest(settings),
    }


def _digest(settings: Settings) -> Schedule | None:
    """Where there is a relay: at half past seven by the clocks of London, Monday to Friday; it leaves out holidays."""
    if not (settings.digest and settings.smtp_host):
        return None
    return Schedule(
        action=ScheduleActionStartWorkflow(
            MORNING_DIGEST,
            id=f"{settings.task_queue}-digest",
            task_queue=settings.task_queue,
            static_summary="Sends supervisors what they must look at",
        ),
        spec=ScheduleSpec(calendars=[MORNING], time_zone_name="Europe/London"),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=LATEST_DIGEST),
    )


def _reconciliation(settings: Settings) -> Schedule | None:
    if not settings.reconcile_minutes:
        return None
    every = timedelta(minutes=settings.reconcile_minutes)
    seconds = every.total_seconds()
    plan = ReconciliationPlan(seconds * SHARE_TO_COMPARE, seconds * SHARE_TO_LOOK, settings.reconcile_cases)
    return Schedule(
        action=ScheduleActionStartWorkflow(
            RECONCILIATION,
            plan,
            id=f"{settings.task_queue}-reconciliation",
            task_queue=settings.task_queue,
            static_summary="Compares the case file with the cases' workflows",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=LATEST),
    )


async def update_schedules(client: Client, settings: Settings) -> None:
    """Make the schedules of `settings`, or bring them up to date; may be called by many at once.

    One that an operator has paused stays so. Waits for a Temporal that is away; one that does not let us is left alone.
    """
    for id, schedule in schedules(settings).items():
        await _until_done(client, id, schedule)


async def _until_done(client: Client, id: str, schedule: Schedule | None) -> None:
    while True:
        try:
            await (_delete(client, id) if schedule is None else _make(client, id, schedule))
        except RPCError as error:
            log.warning("schedule.not_made", schedule=id, status=error.status.name)
            if error.status in _FOR_GOOD:
                return
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
        else:
            log.info("schedule.made" if schedule else "schedule.off", schedule=id)
            return


async def _make(client: Client, id: str, schedule: Schedule) -> None:
    def updated(there: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(replace(schedule, state=there.description.schedule.state))

    try:
        await client.create_schedule(id, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(id).update(updated)


async def _delete(client: Client, id: str) -> None:
    try:
        await client.get_schedule_handle(id).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
