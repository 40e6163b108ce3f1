"""The inbox of the webhook endpoint: what arrives at the same time is stored in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from adapters.postgres.group_commit import GroupCommit
from adapters.postgres.inbox import Message, PostgresInbox
from domain.vocabulary import CaseRef
from ports.inbox import AcceptedMessage

SECONDS_TO_STORE = 5.0
"""After these a store counts as away. One watch a group: one for each message would cost as much as its signature."""
MOST_AT_ONCE = 50


class GroupedInbox(PostgresInbox):
    """The inbox of the webhook endpoint. Messages of one case are stored in their order."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._group_commit = GroupCommit(
            self._store,
            self._store_one,
            key=lambda message: (message.source, message.message_id),
            order_key=lambda message: message.ref,
            max_batch=MOST_AT_ONCE,
            seconds=SECONDS_TO_STORE,
        )

    async def accept_event(
        self, source: str, message_id: str, ref: CaseRef, body: Mapping[str, Any], note_text: str, digest: bytes
    ) -> AcceptedMessage:
        """See `PostgresInbox`."""
        return await self._group_commit.store(Message(source, message_id, ref, body, note_text, digest))

    async def _store(self, messages: Sequence[Message]) -> tuple[AcceptedMessage, ...]:
        return await self.accept_events(messages)

    async def _store_one(self, message: Message) -> AcceptedMessage:
        return (await self._store([message]))[0]
