"""What a server process has found so far of what it needs: it listens before its database or Temporal is there."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from temporalio.client import Client
from temporalio.service import RPCError

from adapters.cached_directory import CachedDirectory
from adapters.channels.answers import InboxAnswers
from adapters.housekeeping import Housekeeping
from adapters.inbox.delivery import Delivery
from adapters.inbox.grouped import GroupedInbox
from adapters.notifications.sender import NotificationSender
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import AWAY
from adapters.postgres.receipts import PostgresReceipts
from adapters.temporal.cases import TemporalCases
from domain.events import Record
from domain.vocabulary import CaseRef
from ports.agencies import Agency
from ports.answer_links import AnswerLink, LinkAnswer
from ports.cases import TemporalUnavailable
from ports.inbox import AcceptedMessage, MessageStatus
from ports.receipts import DeliveryReceipt
from workflows.case_log import RecordResult


class NotConnected(ConnectionError):
    """The database has not answered since this process started."""


@dataclass
class Connections:
    """What this process has found so far of what it needs. Implements the doors' inbox and directory by it."""

    pool: asyncpg.Pool | None = None
    client: Client | None = None
    delivery: Delivery | None = None
    notices: NotificationSender | None = None
    housekeeping: Housekeeping | None = None
    database_ready: asyncio.Event = field(default_factory=asyncio.Event)
    _agencies: CachedDirectory = field(init=False, repr=False)
    _inbox: GroupedInbox = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._inbox = GroupedInbox(self.database)
        self._agencies = CachedDirectory(lambda name: PostgresDirectory(self.database()).get_by_id(name))

    def database(self) -> asyncpg.Pool:
        """The database's connections. Raises NotConnected."""
        if self.pool is None:
            raise NotConnected
        return self.pool

    async def accept_event(
        self, source: str, message_id: str, ref: CaseRef, body: Mapping[str, Any], note_text: str, digest: bytes
    ) -> AcceptedMessage:
        """See `GroupedInbox`."""
        return await self._inbox.accept_event(source, message_id, ref, body, note_text, digest)

    async def status(self, source: str, message_id: str) -> MessageStatus | None:
        """See `PostgresInbox`."""
        return await PostgresInbox(self.database()).status(source, message_id)

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        """See `PostgresDirectory`."""
        return await PostgresDirectory(self.database()).find(agency, area, question)

    async def get_by_id(self, id: str) -> Agency | None:
        """See `CachedDirectory`."""
        return await self._agencies.get_by_id(id)

    async def asked(self, token: str) -> AnswerLink | None:
        """See `InboxAnswers`."""
        return await InboxAnswers(self.database()).asked(token)

    async def answer(self, token: str, agency: Agency, given: LinkAnswer) -> bool:
        """See `InboxAnswers`."""
        return await InboxAnswers(self.database(), self.stored).answer(token, agency, given)

    async def offender(self, link: AnswerLink) -> Mapping[str, str]:
        """See `InboxAnswers`."""
        return await InboxAnswers(self.database()).offender(link)

    async def take(self, reference: str, provider_id: str, receipt: DeliveryReceipt) -> bool:
        """See `PostgresReceipts`."""
        return await PostgresReceipts(self.database()).take(reference, provider_id, receipt)

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        """See `TemporalCases`; Temporal that was not found yet is away."""
        if self.client is None:
            raise TemporalUnavailable("not_found_yet")
        return await TemporalCases(self.client).record_event(ref, record)

    async def postgres_answers(self) -> bool:
        """Whether a statement gets through now."""
        try:
            await self.database().fetchval("select 1")
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
