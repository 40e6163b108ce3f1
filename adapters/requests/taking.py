"""Requests that staff enter, read under the same rules as rows of a file and stored in the inbox."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from adapters.postgres.inbox import PostgresInbox
from adapters.requests.intake import take_in
from adapters.requests.rows import BadRow, Row, read_row, victim_faults
from application.requests import AcceptedRequest, InvalidRequest, RequestStatus
from domain.events import Actor, Continuation


def read_request(raw: Mapping[str, Any]) -> Row:
    """The request in `raw`. Raises InvalidRequest."""
    row = read_row(raw)
    if isinstance(row, BadRow):
        raise InvalidRequest(tuple((fault.field, fault.problem) for fault in row.faults))
    return row


def unfit_details(details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What is wrong with a victim's details, by the rules of a request's: field and rule of each fault."""
    return tuple((fault.field, fault.problem) for fault in victim_faults(details))


class InboxRequests:
    """Implements `casework.requesting.Requests`; `stored` is called after each, so that its delivery need not wait."""

    def __init__(self, inbox: PostgresInbox, stored: Callable[[], None] = lambda: None) -> None:
        self._inbox = inbox
        self._stored = stored

    async def take(
        self, raw: Mapping[str, Any], source: str, by: Actor, continues: Continuation | None = None
    ) -> AcceptedRequest:
        """Store it; see the port."""
        row = read_request(raw)
        if continues is not None:
            row = replace(row, request=replace(row.request, continues=continues))
        accepted = await take_in(self._inbox, source, row, random.SystemRandom(), by=by)
        self._stored()
        return AcceptedRequest(accepted.ref, accepted.first)

    async def became(self, source: str, source_id: str) -> RequestStatus:
        """What became of it; see the port."""
        standing = await self._inbox.status(source, source_id)
        assert standing is not None, "a request that was stored is there"
        return RequestStatus(standing.status, standing.reason, standing.detail)
