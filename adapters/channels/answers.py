"""Takes what agencies answer by another way than their webhook: by a link, or in a register's reply.

It enters the inbox exactly as a webhook does, with a message id of ours, and is delivered by the same delivery.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import structlog
from pydantic_core import to_json

from adapters.channels.answer_links import PostgresAnswerLinks, use_link
from adapters.channels.http import NEEDS_OFFENDER, OFFENDER_FIELDS
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.vault import PostgresVault
from domain.vocabulary import CaseRef
from ports.agencies import Agency
from ports.answer_links import AnswerLink, LinkAnswer
from ports.inbox import AcceptedMessage, InboxMessage
from workflows.agency_events import read_message, source_of, stored_body

log = structlog.get_logger("adapters.answers")


class InboxAnswers:
    """Implements `activities.ports.Answers` and `ports.answer_links.AnswerDesk`.

    `stored` is called after each answer that was not known yet, so that its delivery need not wait.
    """

    def __init__(self, pool: asyncpg.Pool, stored: Callable[[], None] = lambda: None) -> None:
        self._pool = pool
        self._stored = stored

    async def accept(
        self, agency: Agency, message_id: str, ref: CaseRef, event: str, data: Mapping[str, Any], note: str = ""
    ) -> None:
        """Keep the answer; see the port. Raises `workflows.agency_events.NotTaken` for one that no case would take."""
        accepted = await _store(PostgresInbox(self._pool), agency, message_id, ref, event, data, note)
        if accepted.first:
            self._stored()

    async def asked(self, token: str) -> AnswerLink | None:
        """What a link asks; see the port."""
        return await PostgresAnswerLinks(self._pool).find(token)

    async def answer(self, token: str, agency: Agency, given: LinkAnswer) -> bool:
        """Store the answer and use the link up, in one transaction; see the port."""
        message_id = f"link-{uuid.uuid4()}"
        async with self._pool.acquire() as connection, connection.transaction():
            link = await use_link(connection, token, given.seen, message_id, final=given.final)
            if link is None:
                return False
            inbox = PostgresInbox(connection)
            await _store(inbox, agency, message_id, link.ref, given.event, given.data, given.note)
        self._stored()
        return True

    async def get_offender(self, link: AnswerLink) -> Mapping[str, str]:
        """Whom a link asks about; see the port."""
        if link.question not in NEEDS_OFFENDER:
            return {}
        details = await PostgresVault(self._pool).get_offender(link.ref, by=f"agency:{link.agency}") or {}
        return {name: str(details[name]) for name in OFFENDER_FIELDS if details.get(name)}


async def _store(
    inbox: PostgresInbox,
    agency: Agency,
    message_id: str,
    ref: CaseRef,
    event: str,
    data: Mapping[str, Any],
    note: str,
) -> AcceptedMessage:
    """Put an answer into the inbox, read as strictly as if it had come by webhook. Raises NotTaken."""
    raw = {"case": ref, "event": event, "data": dict(data), "note": note}
    message, read = read_message(raw)
    digest = hashlib.sha256(to_json(raw)).digest()
    source, body = source_of(agency), stored_body(read, agency)
    accepted = await inbox.accept(InboxMessage(source, message_id, ref, body, digest, message.note))
    log.info("answer.accepted" if accepted.first else "answer.repeated", agency=agency.id, message=message_id, case=ref)
    return accepted
