"""The HTTP server: the agencies' door, health, and the delivery of what came in. Start as many as the load needs."""

import asyncio
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.utils import parseaddr
from typing import Any

import asyncpg
import structlog
import uvicorn
from temporalio.client import Client
from temporalio.service import RPCError

from activities.agency_views import Tried
from activities.answering import Given, Link
from activities.notices import Receipt
from activities.pinging import try_out
from activities.ports import Agency
from adapters.agency_answers import InboxAnswers
from adapters.channels import open_channels
from adapters.delivery import Delivery, known_as
from adapters.grouped_inbox import GroupedInbox
from adapters.notice_sending import NoticeSending
from adapters.notice_ways import open_way
from adapters.postgres import AWAY, open_pool
from adapters.postgres_directory import PostgresDirectory
from adapters.postgres_inbox import Accepted, PostgresInbox, Standing
from adapters.postgres_keys import PostgresKeys
from adapters.postgres_listing import PostgresListing
from adapters.postgres_outbox import PostgresOutbox
from adapters.postgres_receipts import PostgresReceipts
from adapters.postgres_resting import PostgresResting
from adapters.postgres_vault import PostgresVault
from adapters.remembered_agencies import RememberedAgencies
from adapters.temporal import find_temporal
from api.app import create_app
from api.ports import Answering, Managing, Parts
from config import Settings, SettingsError, load_settings
from domain.vocabulary import CaseRef
from log import configure_logging
from process_exit import leave, told_to_stop
from workflows.clock import clock_of

log = structlog.get_logger("server")

GRACE_SECONDS = 10
"""How long requests and deliveries under way may take when the server is stopped."""


class NotFoundYet(ConnectionError):
    """The database has not answered since this process started."""


@dataclass
class Found:
    """What this process has found so far of what it needs. Implements the doors' inbox and directory by it."""

    pool: asyncpg.Pool | None = None
    client: Client | None = None
    delivery: Delivery | None = None
    notices: NoticeSending | None = None
    database: asyncio.Event = field(default_factory=asyncio.Event)
    _agencies: RememberedAgencies = field(init=False, repr=False)
    _inbox: GroupedInbox = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._inbox = GroupedInbox(self.there)
        self._agencies = RememberedAgencies(lambda name: PostgresDirectory(self.there()).by_id(name))

    def there(self) -> asyncpg.Pool:
        """The database's connections. Raises NotFoundYet."""
        if self.pool is None:
            raise NotFoundYet
        return self.pool

    async def accept_event(
        self, source: str, message_id: str, ref: CaseRef, body: Mapping[str, Any], note_text: str, digest: bytes
    ) -> Accepted:
        """See `GroupedInbox`."""
        return await self._inbox.accept_event(source, message_id, ref, body, note_text, digest)

    async def status(self, source: str, message_id: str) -> Standing | None:
        """See `PostgresInbox`."""
        return await PostgresInbox(self.there()).status(source, message_id)

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        """See `PostgresDirectory`."""
        return await PostgresDirectory(self.there()).find(agency, area, question)

    async def by_id(self, id: str) -> Agency | None:
        """See `RememberedAgencies`."""
        return await self._agencies.by_id(id)

    async def asked(self, token: str) -> Link | None:
        """See `InboxAnswers`."""
        return await InboxAnswers(self.there()).asked(token)

    async def answer(self, token: str, agency: Agency, given: Given) -> bool:
        """See `InboxAnswers`."""
        return await InboxAnswers(self.there(), self.stored).answer(token, agency, given)

    async def offender(self, link: Link) -> Mapping[str, str]:
        """See `InboxAnswers`."""
        return await InboxAnswers(self.there()).offender(link)

    async def take(self, reference: str, provider_id: str, receipt: Receipt) -> bool:
        """See `PostgresReceipts`."""
        return await PostgresReceipts(self.there()).take(reference, provider_id, receipt)

    async def postgres_answers(self) -> bool:
        """Whether a statement gets through now."""
        try:
            await self.there().fetchval("select 1")
        except AWAY:
            return False
        return True

    async def temporal_answers(self) -> bool:
        """Whether Temporal's front end says that it serves."""
        try:
            return self.client is not None and await self.client.service_client.check_health()
        except RPCError:
            return False

    def stored(self) -> None:
        """Have delivered what was stored just now."""
        if self.delivery is not None:
            self.delivery.wake()


def parts_of(found: Found, public_url: str) -> Parts:
    """The parts of the application."""
    return Parts(
        inbox=found,
        directory=found,
        checks={"postgres": found.postgres_answers, "temporal": found.temporal_answers},
        public_url=public_url,
        away=AWAY,
        stored=found.stored,
    )


def managing(found: Found, settings: Settings) -> Managing:
    """What the directory is managed by. Raises NotFoundYet."""
    pool = found.there()

    async def try_agency(agency: Agency) -> Tried:
        async with open_channels(settings, pool) as channels:
            return await try_out(channels, agency)

    directory, listing = PostgresDirectory(pool), PostgresListing(pool)
    return Managing(directory, listing, PostgresKeys(pool), PostgresResting(pool), try_agency)


def answering(found: Found, settings: Settings) -> Answering:
    """What the page needs on which agencies answer e-mails."""

    def today() -> date:
        return clock_of(settings.day_seconds, settings.clock_origin).case_time(datetime.now(UTC)).date()

    return Answering(found, parseaddr(settings.mail_from)[1], today)


class Server(uvicorn.Server):
    """uvicorn, with signals left to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


def listening_at(host: str, port: int) -> socket.socket:
    """A socket that takes connections. Raises OSError where the address cannot be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    # asyncio sets this itself, but not on a socket made so. Without it an answer on a connection that stays open
    # waits some 40 ms for the acknowledgement of its head before its body is sent.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def http_server(app: Any) -> Server:
    """The server of `app` as the service runs it; a benchmark runs its floor by the same."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config)


async def serve(settings: Settings, stopped: asyncio.Event) -> None:
    """Serve until `stopped`, from the start on: a database or a Temporal that is away is waited for meanwhile.

    Raises OSError where the address cannot be used, and asyncpg's error where the database refuses us.
    """
    with listening_at(settings.host, settings.port) as listening:
        found = Found()
        parts = replace(
            parts_of(found, settings.public_url),
            managing=lambda: managing(found, settings),
            answering=answering(found, settings),
            admin_token=settings.admin_token.get_secret_value() if settings.admin_token else "",
            receipts=found,
            receipts_token=settings.notify_callback_token.get_secret_value() if settings.notify_callback_token else "",
        )
        app = create_app(parts)
        server = http_server(app)
        try:
            async with asyncio.TaskGroup() as tasks:
                finding = tasks.create_task(_deliver(found, settings))
                sending = tasks.create_task(_send_notices(found, settings))
                serving = tasks.create_task(server.serve([listening]))
                log.info("server.started", address="{}:{}".format(*listening.getsockname()[:2]))
                await stopped.wait()
                server.should_exit = True
                await serving
                await _end(((found.delivery, finding), (found.notices, sending)))
        finally:
            await _close(found)
            log.info("server.stopped")


async def _deliver(found: Found, settings: Settings) -> None:
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


async def _send_notices(found: Found, settings: Settings) -> None:
    """Bring notices to victims as soon as the database is found, where the settings say how; Temporal is not needed."""
    if settings.notices == "none":
        return
    async with open_way(settings) as way:
        await found.database.wait()
        pool, clock = found.there(), clock_of(settings.day_seconds, settings.clock_origin)
        found.notices = NoticeSending(PostgresOutbox(pool), PostgresVault(pool), way, clock)
        log.info("notices.started", by=settings.notices)
        await found.notices.run()


async def _find_database(found: Found, settings: Settings) -> asyncpg.Pool:
    found.pool = await open_pool(settings.database_url.get_secret_value())
    found.database.set()
    return found.pool


async def _find_temporal(found: Found, settings: Settings) -> Client:
    found.client = await find_temporal(settings)
    return found.client


async def _end(loops: tuple[tuple[Delivery | NoticeSending | None, asyncio.Task[None]], ...]) -> None:
    """Let each loop that has begun end what it is doing; call off the others, which still look for something."""
    begun = {task: loop for loop, task in loops if loop is not None}
    for loop in begun.values():
        loop.stop()
    if begun:
        await asyncio.wait(begun, timeout=GRACE_SECONDS)
    for _, task in loops:
        task.cancel()


async def _close(found: Found) -> None:
    if found.pool is None:
        return
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            await found.pool.close()
    except TimeoutError:
        found.pool.terminate()


async def run_until_signalled(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    await serve(settings, told_to_stop())


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
    leave(main())
