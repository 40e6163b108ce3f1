"""The worker: runs cases and their activities. Start as many as the load needs."""

import asyncio

import asyncpg
import structlog
from temporalio.client import Client
from temporalio.worker import Worker

from activities.agencies import AgencyActivities
from activities.birthdays import BirthdayActivities
from activities.case_file import CaseFileActivities
from activities.digests import DigestActivities
from activities.reconciliation import ReconciliationActivities
from adapters.channels.digest_email import DigestEmail
from adapters.channels.factories import create_relay, open_channels
from adapters.clock import StackClock
from adapters.connections import open_connections
from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import GroupedCaseFile
from adapters.postgres.digests import PostgresDigests
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.findings import PostgresFindings, PostgresReconciliationCursors
from adapters.postgres.pool import wait_for_database
from adapters.temporal.cases import TemporalCases
from adapters.temporal.client import connect, wait_for_temporal
from adapters.temporal.ending_worker import create_worker
from adapters.temporal.failures import FailureRedactor
from adapters.temporal.retries import RetryWatcher
from adapters.temporal.schedules import update_schedules
from adapters.temporal.workflow_queries import TemporalWorkflowQueries
from application.birthdays import Birthdays
from application.digests import DigestMaker, MorningDigests
from application.reconciler import Reconciler
from ports.agencies import Channel
from ports.digests import DigestService
from queries.birthdays import BirthdayQueries
from queries.board import BoardQueries
from queries.cases import CaseQueries
from queries.digests import DigestQueries
from queries.news import News
from queries.staff import StaffQueries
from queries.stuck import StuckQueries
from service import run_service, run_unless_stopped
from settings import Settings
from shutdown import hard_exit
from workflows.birthdays import WeeklyBirthdays
from workflows.case import RestorativeJusticeCase
from workflows.digest import MorningDigest
from workflows.reconciliation import Reconciliation

log = structlog.get_logger("worker")

REAL_CLOCK = StackClock()


def build_worker(
    client: Client,
    pool: asyncpg.Pool,
    channel: Channel,
    task_queue: str,
    digests: DigestService | None = None,
    clock: StackClock = REAL_CLOCK,
) -> Worker:
    """Create the worker; without `digests` it sends none."""
    agencies = AgencyActivities(PostgresDirectory(pool), PostgresAsks(pool), channel)
    case_file = CaseFileActivities(GroupedCaseFile(pool))
    findings = PostgresFindings(pool)
    checkpoints = PostgresReconciliationCursors(pool)
    reconciler = Reconciler(CaseQueries(pool), TemporalWorkflowQueries(client, task_queue), findings, checkpoints)
    passes = ReconciliationActivities(reconciler)
    birthdays = BirthdayActivities(Birthdays(BirthdayQueries(pool), TemporalCases(client), clock.today))
    return create_worker(
        client,
        task_queue,
        [RestorativeJusticeCase, Reconciliation, MorningDigest, WeeklyBirthdays],
        [
            *([DigestActivities(digests).send_digests] if digests else []),
            *(case_file.write_case_file, case_file.find_results),
            *(agencies.ask_agency, agencies.cancel_ask, agencies.update_agency),
            birthdays.record_birthdays,
            *(passes.recheck_findings, passes.compare_all, passes.check_next),
        ],
        [RetryWatcher(findings), FailureRedactor()],
    )


def create_digests(settings: Settings, pool: asyncpg.Pool) -> MorningDigests:
    """Create what sends supervisors and caseworkers their digests."""
    return MorningDigests(
        DigestMaker(
            DigestQueries(pool),
            BoardQueries(pool),
            StuckQueries(pool, settings.long_standing_weeks),
            News(pool),
            CaseQueries(pool),
        ),
        StaffQueries(pool),
        DigestEmail(create_relay(settings), settings.mail_from).send,
        PostgresDigests(pool).save_sent,
        StackClock(settings.clock_file).today,
    )


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop` is set, as soon as the database and Temporal are available.

    Raises asyncpg's error where the database refuses us.
    """
    async with open_connections(settings) as connections:
        pool = connections.pool
        if not await run_unless_stopped(stop, wait_for_database(pool)):
            return
        if not await run_unless_stopped(stop, wait_for_temporal(connections.client)):
            return
        client = await connect(settings)
        async with (
            open_channels(settings, pool) as channel,
            build_worker(
                client,
                pool,
                channel,
                settings.task_queue,
                create_digests(settings, pool),
                StackClock(settings.clock_file),
            ),
        ):
            log.info("worker.started", task_queue=settings.task_queue)
            await run_unless_stopped(stop, update_schedules(client, settings))
            await stop.wait()
        log.info("worker.stopped")


def main() -> int:
    """Work with the settings of the environment, and return the exit code."""
    return run_service("worker", work)


if __name__ == "__main__":
    hard_exit(main())
