"""The HTTP server: the agencies' door, health, and the delivery of what came in. Start as many as the load needs."""

import asyncio
import socket
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from email.utils import parseaddr

import asyncpg
import structlog
from pydantic import SecretStr
from temporalio.client import Client

from adapters.channels.factories import open_channels, open_notification_channel
from adapters.connections import Connections
from adapters.housekeeping import Housekeeping
from adapters.identity.staff_identities import open_identities
from adapters.inbox.delivery import Delivery, known_as
from adapters.notifications.sender import NotificationSender
from adapters.postgres.agency_pauses import PostgresAgencyPauses
from adapters.postgres.covers import PostgresCovers
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.idempotency import PostgresIdempotencyStore
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.keys import PostgresKeys
from adapters.postgres.listing import PostgresListing
from adapters.postgres.notification_actions import PostgresNotificationActions
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.pool import AWAY, open_pool
from adapters.postgres.staff import PostgresStaff
from adapters.postgres.vault import PostgresVault
from adapters.requests.taking import InboxRequests, unfit_details
from adapters.temporal.client import connect_and_prepare
from api.app import create_app
from api.http_server import Server, http_server, listening_at
from api.ports import Answering, Casework, Managing, Parts
from ports.authentication import Identities
from application.ping import ping
from application.record_event import CaseworkContext
from log import configure_logging
from ports.agencies import Agency
from ports.agency_views import PingResult
from settings import Settings, SettingsError, load_settings
from shutdown import hard_exit, stop_event
from workflows.clock import clock_of

log = structlog.get_logger("server")

GRACE_SECONDS = 10
"""How long what is being delivered and sent may take when the server is stopped."""


def parts_of(found: Connections, public_url: str) -> Parts:
    """The parts of the application."""
    return Parts(
        inbox=found,
        directory=found,
        checks={"postgres": found.postgres_answers, "temporal": found.temporal_answers},
        public_url=public_url,
        away=AWAY,
        stored=found.stored,
    )


def managing(found: Connections, settings: Settings) -> Managing:
    """What the directory and the register are managed by. Raises NotConnected."""
    pool = found.database()

    async def try_agency(agency: Agency) -> PingResult:
        async with open_channels(settings, pool) as channels:
            return await ping(channels, agency)

    directory, listing = PostgresDirectory(pool), PostgresListing(pool)
    keys, pauses = PostgresKeys(pool), PostgresAgencyPauses(pool)
    return Managing(directory, listing, keys, pauses, try_agency, PostgresStaff(pool), PostgresIdempotencyStore(pool))


def casework(found: Connections, settings: Settings) -> Casework:
    """What staff work with. Raises NotConnected."""
    pool = found.database()
    vault = PostgresVault(pool)
    return Casework(
        desk=CaseworkContext(pool, found, vault),
        idempotency=PostgresIdempotencyStore(pool),
        covers=PostgresCovers(pool),
        requests=InboxRequests(PostgresInbox(pool), found.stored),
        now=lambda: _case_time(settings),
        directory=PostgresDirectory(pool),
        told=PostgresNotificationActions(pool),
        victims=vault,
        victim_faults=unfit_details,
    )


def answering(found: Connections, settings: Settings) -> Answering:
    """What the page needs on which agencies answer e-mails."""
    return Answering(found, parseaddr(settings.mail_from)[1], lambda: _today(settings))


def _all_parts(found: Connections, settings: Settings, identities: Identities | None) -> Parts:
    """The parts of the application with whatever the settings add to it."""
    return replace(
        parts_of(found, settings.public_url),
        managing=lambda: managing(found, settings),
        casework=lambda: casework(found, settings),
        answering=answering(found, settings),
        identities=identities,
        receipts=found,
        receipts_token=_shown(settings.notify_callback_token),
    )


def _shown(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


async def serve(settings: Settings, stopped: asyncio.Event) -> None:
    """Serve until `stopped`, from the start on: a database or a Temporal that is away is waited for meanwhile.

    Raises OSError where the address cannot be used, and asyncpg's error where the database refuses us.
    """
    found = Connections()
    with listening_at(settings.host, settings.port) as listening:
        async with open_identities(settings, found.database) as identities:
            parts = replace(_all_parts(found, settings, identities), stopping=stopped)
            server = http_server(create_app(parts))
            await _serve_at(listening, server, found, settings, stopped)


async def _serve_at(
    listening: socket.socket, server: Server, found: Connections, settings: Settings, stopped: asyncio.Event
) -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            finding = tasks.create_task(_deliver(found, settings))
            sending = tasks.create_task(_send_notices(found, settings))
            counting = tasks.create_task(_count(found, settings))
            serving = tasks.create_task(server.serve([listening]))
            log.info("server.started", address="{}:{}".format(*listening.getsockname()[:2]))
            await stopped.wait()
            server.should_exit = True
            await serving
            await _end(((found.delivery, finding), (found.notices, sending), (found.housekeeping, counting)))
    finally:
        await _close(found)
        log.info("server.stopped")


async def _deliver(found: Connections, settings: Settings) -> None:
    """Find the database and Temporal, whichever comes first, then deliver."""
    pool, client = await asyncio.gather(_find_database(found, settings), _find_temporal(found, settings))
    found.delivery = Delivery(
        PostgresInbox(pool),
        client,
        settings.task_queue,
        lambda ref: known_as(pool, ref),
        lambda: clock_of(settings.day_seconds, settings.clock_origin),
    )
    log.info("delivery.started", task_queue=settings.task_queue)
    await found.delivery.run()


async def _send_notices(found: Connections, settings: Settings) -> None:
    """Bring notices to victims as soon as the database is found, where the settings say how; Temporal is not needed."""
    if settings.notifications == "none":
        return
    async with open_notification_channel(settings) as way:
        await found.database_ready.wait()
        pool, clock = found.database(), clock_of(settings.day_seconds, settings.clock_origin)
        found.notices = NotificationSender(PostgresOutbox(pool), PostgresVault(pool), way, clock)
        log.info("notifications.started", by=settings.notifications)
        await found.notices.run()


async def _count(found: Connections, settings: Settings) -> None:
    """Keep the board, as soon as the database is found."""
    await found.database_ready.wait()
    found.housekeeping = Housekeeping(found.database(), lambda: _today(settings))
    await found.housekeeping.run()


def _today(settings: Settings) -> date:
    """The cases' day."""
    return _case_time(settings).date()


def _case_time(settings: Settings) -> datetime:
    """What the cases' clock shows now."""
    return clock_of(settings.day_seconds, settings.clock_origin).case_time(datetime.now(UTC))


async def _find_database(found: Connections, settings: Settings) -> asyncpg.Pool:
    found.pool = await open_pool(settings.database_url.get_secret_value())
    found.database_ready.set()
    return found.pool


async def _find_temporal(found: Connections, settings: Settings) -> Client:
    found.client = await connect_and_prepare(settings)
    return found.client


async def _end(
    loops: tuple[tuple[Delivery | NotificationSender | Housekeeping | None, asyncio.Task[None]], ...],
) -> None:
    """Let each loop that has begun end what it is doing; call off the others, which still look for something."""
    begun = {task: loop for loop, task in loops if loop is not None}
    for loop in begun.values():
        loop.stop()
    if begun:
        await asyncio.wait(begun, timeout=GRACE_SECONDS)
    for _, task in loops:
        task.cancel()


async def _close(found: Connections) -> None:
    if found.pool is None:
        return
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            await found.pool.close()
    except TimeoutError:
        found.pool.terminate()


async def run_until_signalled(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    await serve(settings, stop_event())


def main() -> int:
    """Serve with the settings of the environment; 2 where these cannot be used."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(settings.log_format, settings.log_level)
    try:
        asyncio.run(run_until_signalled(settings))
    except OSError as error:
        sys.stderr.write(f"RJ_HOST, RJ_PORT: {settings.host}:{settings.port} cannot be used: {error.strerror}\n")
        return 2
    except ExceptionGroup as failed:
        # Such as a database that knows no such user: waiting would not mend it.
        log.exception("server.failed", exc_info=failed.exceptions[0])
        return 1
    return 0


if __name__ == "__main__":
    hard_exit(main())
