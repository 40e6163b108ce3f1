"""The HTTP server, and the jobs that poll the database. Start as many as the load needs."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import structlog

from adapters.channels.factories import create_relay, open_notification_channel
from adapters.clock import StackClock
from adapters.connections import Connections, open_connections
from adapters.housekeeping import HousekeepingJob
from adapters.identity.staff_identities import open_identities
from adapters.notifications.alerts import AlertSender
from adapters.notifications.sender import NotificationSender
from adapters.polling import PollingLoop
from adapters.postgres.alerts import PostgresAlerts
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.policies import PostgresPolicies
from adapters.postgres.pool import wait_for_database
from adapters.postgres.vault import PostgresVault
from adapters.temporal.client import wait_for_temporal
from adapters.temporal.delivery import Delivery
from api.app import create_app
from api.http_server import HttpServer, create_server, listen_at
from api_dependencies import create_dependencies
from service import run_service
from settings import Settings, SettingsError
from shutdown import hard_exit

log = structlog.get_logger("server")

GRACE_SECONDS = 10
"""How long what is being delivered and sent may take when the server is stopped."""


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, also while the database or Temporal is unavailable.

    Raises SettingsError where the address cannot be used, and asyncpg's error where the database refuses us.
    """
    async with AsyncExitStack() as stack:
        try:
            listening = stack.enter_context(listen_at(settings.host, settings.port))
        except OSError as error:
            address = f"{settings.host}:{settings.port}"
            raise SettingsError(f"RJ_HOST, RJ_PORT: {address} cannot be used: {error.strerror}") from None
        connections = await stack.enter_async_context(open_connections(settings))
        pool, client = connections.pool, connections.client
        clock = StackClock(settings.clock_file)
        key, policies = settings.read_token_key(), PostgresPolicies(pool)
        delivery = Delivery(PostgresInbox(pool), client, settings.task_queue, clock.read, policies, key)
        jobs = [delivery, HousekeepingJob(pool, clock.today)]
        if settings.notifications != "none":
            channel = await stack.enter_async_context(open_notification_channel(settings))
            jobs.append(
                NotificationSender(
                    PostgresOutbox(pool),
                    PostgresVault(pool),
                    PostgresAreaSettings(pool),
                    channel,
                    clock.read,
                    settings.notifications_contact,
                    timedelta(minutes=settings.notifications_delay_minutes),
                )
            )
            log.info("notifications.started", by=settings.notifications)
        if settings.smtp_host:
            relay = create_relay(settings)
            jobs.append(AlertSender(PostgresAlerts(pool), relay, settings.mail_from, settings.duty_addresses))
        identities = await stack.enter_async_context(open_identities(settings, pool))
        needs = create_dependencies(connections, settings, delivery.wake)
        app = create_app(replace(needs, identities=identities, stopping=stop))
        await _run(create_server(app), listening, connections, jobs, stop)
        log.info("server.stopped")


async def _run(
    server: HttpServer,
    listening: socket.socket,
    connections: Connections,
    jobs: Sequence[PollingLoop],
    stop: asyncio.Event,
) -> None:
    """Answer requests at once; run the jobs when the database is available, and deliveries when Temporal is, too."""
    async with asyncio.TaskGroup() as tasks:
        database = tasks.create_task(wait_for_database(connections.pool))
        temporal = tasks.create_task(wait_for_temporal(connections.client))

        async def run_job(job: PollingLoop) -> None:
            await asyncio.wait({database, temporal} if isinstance(job, Delivery) else {database})
            if isinstance(job, Delivery) and not temporal.cancelled():
                log.info("delivery.started")
            await job.run()

        running = [tasks.create_task(run_job(job)) for job in jobs]
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


def main() -> int:
    """Serve with the settings of the environment, and return the exit code."""
    return run_service("server", serve)


if __name__ == "__main__":
    hard_exit(main())
