"""Answers that agencies give by a link, or in a register's reply, instead of by webhook.

They enter the inbox as webhooks do, with a message id of ours, and are delivered like them.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog
from pydantic_core import to_json

from adapters.channels.answer_links import find_link, use_link
from adapters.channels.http import NEEDS_OFFENDER, OFFENDER_FIELDS
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.vault import PostgresVault
from domain.days import to_london_day
from domain.vocabulary import CaseRef
from ports.agencies import Agency
from ports.answer_links import AnswerLink, LinkAnswer
from ports.inbox import AcceptedMessage
from ports.token_key import TokenKey
from workflows.agency_messages import read_message

log = structlog.get_logger("adapters.channels.answers")


class InboxAnswers:
    """Implements `ports.agencies.Answers` and `ports.answer_links.AnswerLinks`.

    `on_stored` is called after each new answer, so that it is delivered at once. The digests are those of `key`.
    """

    def __init__(self, pool: asyncpg.Pool, key: TokenKey, on_stored: Callable[[], None] = lambda: None) -> None:
        self._pool = pool
        self._key = key
        self._on_stored = on_stored

    async def accept(
        self, agency: Agency, message_id: str, ref: CaseRef, event: str, data: Mapping[str, Any], note: str = ""
    ) -> None:
        """See the port. Raises `workflows.agency_messages.InvalidMessage`."""
        accepted = await self._accept(PostgresInbox(self._pool), agency, message_id, ref, event, data, note)
        if accepted.first:
            self._on_stored()

    async def find_link(self, token: str) -> AnswerLink | None:
        """See the port."""
        return await find_link(self._pool, token)

    async def answer(self, token: str, agency: Agency, answer: LinkAnswer) -> bool:
        """Store the answer and use the link up, in one transaction; see the port."""
        message_id = f"link-{uuid.uuid4()}"
        async with self._pool.acquire() as connection, connection.transaction():
            link = await use_link(connection, token, answer.seen, message_id, final=answer.final)
            if link is None:
                return False
            inbox = PostgresInbox(connection)
            await self._accept(inbox, agency, message_id, link.ref, answer.event, answer.data, answer.note)
        self._on_stored()
        return True

    async def raise_concern(self, token: str, agency: Agency, concern: LinkAnswer) -> bool:
        """See the port."""
        link = await find_link(self._pool, token)
        if link is None or not link.takes_concern:
            return False
        said = [token, concern.event, dict(concern.data), concern.note, to_london_day(datetime.now(UTC)).isoformat()]
        message_id = f"concern-{self._key.make_digest(to_json(said)).hex()[:32]}"
        inbox = PostgresInbox(self._pool)
        await self._accept(inbox, agency, message_id, link.ref, concern.event, concern.data, concern.note)
        self._on_stored()
        return True

    async def get_offender(self, link: AnswerLink) -> Mapping[str, str]:
        """See the port."""
        if link.question not in NEEDS_OFFENDER:
            return {}
        details = await PostgresVault(self._pool).get_offender(link.ref, by=f"agency:{link.agency}") or {}
        return {name: str(details[name]) for name in OFFENDER_FIELDS if details.get(name)}

    async def _accept(
        self,
        inbox: PostgresInbox,
        agency: Agency,
        message_id: str,
        ref: CaseRef,
        event: str,
        data: Mapping[str, Any],
        note: str,
    ) -> AcceptedMessage:
        """Store an answer, validated like a webhook. Raises InvalidMessage."""
        raw = {"case": ref, "event": event, "data": dict(data), "note": note}
        accepted = await inbox.accept(read_message(raw, agency, message_id, self._key.make_digest(to_json(raw))))
        name = "answer.accepted" if accepted.first else "answer.repeated"
        log.info(name, agency=agency.id, message=message_id, case=ref)
        return accepted
