"""The inbox of the webhook endpoint: messages that arrive at the same time are stored in one transaction."""

import asyncpg

from adapters.postgres.group_commit import GroupCommit
from adapters.postgres.inbox import PostgresInbox
from ports.inbox import AcceptedMessage, InboxMessage

STORE_TIMEOUT = 5.0
"""Seconds until the database counts as unavailable; for a group, since a timeout costs as much as a signature."""
MAX_BATCH = 50


class GroupedInbox(PostgresInbox):
    """The inbox of the webhook endpoint. Messages of one case are stored in their order."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._group_commit = GroupCommit(
            self.accept_batch,
            super().accept,
            key=lambda message: (message.source, message.message_id),
            order_key=lambda message: message.ref,
            max_batch=MAX_BATCH,
            seconds=STORE_TIMEOUT,
        )

    async def accept(self, message: InboxMessage) -> AcceptedMessage:
        """Store a message together with those that arrive at the same time; see the port."""
        return await self._group_commit.store(message)
