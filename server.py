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
from adapters.postgres.keys import PostgresKeys
from adapters.postgres.listing import PostgresListing
from adapters.postgres.notification_actions import PostgresNotificationActions
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.pool import AWAY, wait_for_database
from adapters.postgres.receipts import PostgresReceipts
from adapters.postgres.staff import PostgresStaff
from adapters.postgres.vault import PostgresVault
from adapters.requests.taking import RequestIntake, check_details
from adapters.temporal.cases import TemporalCases
from adapters.temporal.client import wait_for_temporal
from adapters.temporal.delivery import Delivery
from api.app import create_app
from api.http_server import Server, http_server, listening_at
from api.ports import Answering, Casework, Managing, Parts
from application.context import CaseworkContext
from application.ping import ping
from ports.agencies import Agency
from ports.agency_views import PingResult
from queries.board import BoardQueries
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from queries.changes import ChangeQueries
from queries.duplicates import DuplicateQueries
from queries.reports import ReportQueries
from queries.stuck import StuckQueries
from queries.tasks import TaskQueries
from service import run_service
from settings import Settings, SettingsError
from shutdown import hard_exit
from workflows.clock import CaseClock, clock_of

log = structlog.get_logger("server")

GRACE_SECONDS = 10
"""How long what is being delivered and sent may take when the server is stopped."""


def parts_of(connections: Connections, public_url: str) -> Parts:
    """The parts of the application."""
    return Parts(
        inbox=GroupedInbox(connections.pool),
        directory=CachedDirectory(PostgresDirectory(connections.pool)),
        checks={"postgres": connections.is_database_available, "temporal": connections.is_temporal_available},
        public_url=public_url,
        away=AWAY,
    )


def managing(connections: Connections, settings: Settings) -> Managing:
    """What the directory and the register are managed by."""
    pool = connections.pool

    async def try_agency(agency: Agency) -> PingResult:
        async with open_channels(settings, pool) as channels:
            return await ping(channels, agency)

    directory, listing = PostgresDirectory(pool), PostgresListing(pool)
    keys, pauses = PostgresKeys(pool), PostgresAgencyPauses(pool)
    return Managing(directory, listing, keys, pauses, try_agency, PostgresStaff(pool), PostgresIdempotencyStore(pool))


def casework(connections: Connections, settings: Settings, wake: Callable[[], None] = lambda: None) -> Casework:
    """What staff work with."""
    pool = connections.pool
    return Casework(
        desk=CaseworkContext(
            CaseQueries(pool), CaseHistory(pool), TemporalCases(connections.client), PostgresVault(pool)
        ),
        duplicates=DuplicateQueries(pool),
        stuck=StuckQueries(pool),
        board=BoardQueries(pool),
        reports=ReportQueries(pool),
        tasks=TaskQueries(pool),
        changes=ChangeQueries(pool),
        inbox=PostgresInbox(pool),
        idempotency=PostgresIdempotencyStore(pool),
        covers=PostgresCovers(pool),
        accept_request=RequestIntake(PostgresInbox(pool), wake).accept,
        now=lambda: _clock(settings).case_time(datetime.now(UTC)),
        directory=PostgresDirectory(pool),
        take_message_action=PostgresNotificationActions(pool).take,
        select_waits=PostgresBulkSelections(pool).select_waits,
        details_check=check_details,
    )


def answering(connections: Connections, settings: Settings, wake: Callable[[], None] = lambda: None) -> Answering:
    """What the page needs on which agencies answer e-mails."""
    return Answering(InboxAnswers(connections.pool, wake), parseaddr(settings.mail_from)[1], lambda: _today(settings))


def all_parts(connections: Connections, settings: Settings, wake: Callable[[], None] = lambda: None) -> Parts:
    """The parts of the application with whatever the settings add to it."""
    token = settings.notify_callback_token
    return replace(
        parts_of(connections, settings.public_url),
        stored=wake,
        managing=lambda: managing(connections, settings),
        casework=lambda: casework(connections, settings, wake),
        answering=answering(connections, settings, wake),
        receipts=PostgresReceipts(connections.pool),
        receipts_token=token.get_secret_value() if token else "",
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
        parts = replace(all_parts(connections, settings, delivery.wake), identities=identities, stopping=stop)
        await _run(http_server(create_app(parts)), listening, connections, jobs, stop)
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
    if isinstance(job, Delivery):
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
