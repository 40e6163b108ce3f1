"""The HTTP server, and the jobs that poll the database. Start as many as the load needs."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from email.utils import parseaddr

import structlog

from adapters.cached_directory import CachedDirectory
from adapters.channels.answers import InboxAnswers
from adapters.channels.factories import open_channels, open_notification_channel
from adapters.connections import Connections, open_connections
from adapters.housekeeping import Housekeeping
from adapters.identity.staff_identities import open_identities
from adapters.notifications.sender import NotificationSender
from adapters.polling import PollingLoop
from adapters.postgres.agency_pauses import PostgresAgencyPauses
from adapters.postgres.bulk_selections import PostgresBulkSelections
from adapters.postgres.covers import PostgresCovers
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.grouped_inbox import GroupedInbox
from adapters.postgres.idempotency import PostgresIdempotencyStore
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.inbox_decisions import PostgresInboxDecisions
from adapters.postgres.keys import PostgresKeys
from adapters.postgres.notification_actions import PostgresNotificationActions
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.pool import AWAY, wait_for_database
from adapters.postgres.receipts import PostgresReceipts
from adapters.postgres.staff import PostgresStaff
from adapters.postgres.vault import PostgresVault
from adapters.requests.intake import RequestIntake, check_details
from adapters.temporal.cases import TemporalCases
from adapters.temporal.client import wait_for_temporal
from adapters.temporal.delivery import Delivery
from api.app import create_app
from api.dependencies import AnswerPageServices, Dependencies, StaffServices
from api.http_server import Server, http_server, listening_at
from application.change_feed import ChangeFeed
from application.context import CaseworkContext
from application.digests import DigestMaker
from application.ping import ping
from ports.agencies import Agency
from ports.agency_views import PingResult
from queries.agencies import AgencyQueries
from queries.board import BoardQueries
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from queries.changes import ChangeQueries
from queries.digests import DigestQueries
from queries.duplicates import DuplicateQueries
from queries.findings import FindingQueries
from queries.inbox import InboxQueries
from queries.names import NameQueries
from queries.reports import ReportQueries
from queries.staff import StaffQueries
from queries.stuck import StuckQueries
from queries.tasks import TaskQueries
from service import run_service
from settings import Settings, SettingsError
from shutdown import hard_exit
from workflows.clock import CaseClock, clock_of

log = structlog.get_logger("server")

GRACE_SECONDS = 10
"""How long what is being delivered and sent may take when the server is stopped."""


def dependencies(connections: Connections, settings: Settings, wake: Callable[[], None] = lambda: None) -> Dependencies:
    """What the HTTP API needs; `wake` has new messages delivered at once."""
    pool, token = connections.pool, settings.notify_callback_token
    contact = parseaddr(settings.mail_from)[1]
    return Dependencies(
        inbox=GroupedInbox(pool),
        directory=CachedDirectory(PostgresDirectory(pool)),
        staff=_staff_services(connections, settings, wake),
        changes=ChangeFeed(ChangeQueries(pool), AWAY),
        answer_page=AnswerPageServices(InboxAnswers(pool, wake), contact, lambda: _today(settings)),
        receipts=PostgresReceipts(pool),
        checks={"postgres": connections.is_database_available, "temporal": connections.is_temporal_available},
        public_url=settings.public_url,
        database_errors=AWAY,
        on_stored=wake,
        receipts_token=token.get_secret_value() if token else "",
    )


def _staff_services(connections: Connections, settings: Settings, wake: Callable[[], None]) -> StaffServices:
    pool = connections.pool

    async def ping_agency(agency: Agency) -> PingResult:
        async with open_channels(settings, pool) as channels:
            return await ping(channels, agency)

    intake = RequestIntake(PostgresInbox(pool), wake)
    return StaffServices(
        context=CaseworkContext(
            CaseQueries(pool), CaseHistory(pool), TemporalCases(connections.client), PostgresVault(pool)
        ),
        now=lambda: _clock(settings).case_time(datetime.now(UTC)),
        idempotency=PostgresIdempotencyStore(pool),
        duplicates=DuplicateQueries(pool),
        stuck=StuckQueries(pool),
        board=BoardQueries(pool),
        reports=ReportQueries(pool),
        tasks=TaskQueries(pool),
        digests=DigestMaker(DigestQueries(pool), BoardQueries(pool), StuckQueries(pool)),
        names=NameQueries(pool),
        inbox=InboxQueries(pool),
        findings=FindingQueries(pool),
        inbox_decisions=PostgresInboxDecisions(pool),
        covers=PostgresCovers(pool),
        accept_request=intake.accept,
        import_file=intake.import_file,
        take_message_action=PostgresNotificationActions(pool).take,
        select_waits=PostgresBulkSelections(pool).select_waits,
        details_check=check_details,
        directory=PostgresDirectory(pool),
        agencies=AgencyQueries(pool),
        rotate_key=PostgresKeys(pool).rotate,
        pauses=PostgresAgencyPauses(pool),
        ping=ping_agency,
        staff=PostgresStaff(pool),
        members=StaffQueries(pool),
    )


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, also while the database or Temporal is unavailable.

    Raises SettingsError where the address cannot be used, and asyncpg's error where the database refuses us.
    """
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(_listen(settings))
        connections = await stack.enter_async_context(open_connections(settings))
        pool, client = connections.pool, connections.client
        delivery = Delivery(PostgresInbox(pool), client, settings.task_queue, lambda: _clock(settings))
        jobs = [delivery, Housekeeping(pool, lambda: _today(settings))]
        if settings.notifications != "none":
            channel = await stack.enter_async_context(open_notification_channel(settings))
            jobs.append(NotificationSender(PostgresOutbox(pool), PostgresVault(pool), channel, _clock(settings)))
            log.info("notifications.started", by=settings.notifications)
        identities = await stack.enter_async_context(open_identities(settings, pool))
        needs = replace(dependencies(connections, settings, delivery.wake), identities=identities, stopping=stop)
        await _run(http_server(create_app(needs)), listening, connections, jobs, stop)
        log.info("server.stopped")


def _listen(settings: Settings) -> socket.socket:
    try:
        return listening_at(settings.host, settings.port)
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        raise SettingsError(f"RJ_HOST, RJ_PORT: {address} cannot be used: {error.strerror}") from None


async def _run(
    server: Server,
    listening: socket.socket,
    connections: Connections,
    jobs: Sequence[PollingLoop],
    stop: asyncio.Event,
) -> None:
    """Answer requests at once, and run the jobs as soon as what they need is available."""
    async with asyncio.TaskGroup() as tasks:
        database = tasks.create_task(wait_for_database(connections.pool))
        temporal = tasks.create_task(wait_for_temporal(connections.client))
        running = [tasks.create_task(_run_job(job, database, temporal)) for job in jobs]
        serving = tasks.create_task(server.serve([listening]))
        log.info("server.started", address="{}:{}".format(*listening.getsockname()[:2]))
        await stop.wait()
        server.should_exit = True
        await serving
        for job in jobs:
            job.stop()
        for waiting in (database, temporal):
            waiting.cancel()
        await asyncio.wait(running, timeout=GRACE_SECONDS)
        for task in running:
            task.cancel()


async def _run_job(job: PollingLoop, database: asyncio.Task[None], temporal: asyncio.Task[None]) -> None:
    """Run `job` when the database is available, and deliveries when Temporal is, too."""
    await asyncio.wait({database, temporal} if isinstance(job, Delivery) else {database})
    if isinstance(job, Delivery) and not temporal.cancelled():
        log.info("delivery.started")
    await job.run()


def _clock(settings: Settings) -> CaseClock:
    return clock_of(settings.day_seconds, settings.clock_origin)


def _today(settings: Settings) -> date:
    """The cases' day."""
    return _clock(settings).case_time(datetime.now(UTC)).date()


def main() -> int:
    """Serve with the settings of the environment, and return the exit code."""
    return run_service("server", serve)


if __name__ == "__main__":
    hard_exit(main())
