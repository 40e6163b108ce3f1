"""Requests that staff enter, checked under the same rules as rows of a file and stored in the inbox."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from adapters.postgres.inbox import PostgresInbox
from adapters.requests.intake import take_in
from adapters.requests.rows import BadRow, Row, read_row, victim_faults
from domain.events import Actor, Continuation
from ports.inbox import AcceptedMessage
from ports.requests import InvalidInput


def read_request(raw: Mapping[str, Any]) -> Row:
    """The request in `raw`. Raises InvalidInput."""
    row = read_row(raw)
    if isinstance(row, BadRow):
        raise InvalidInput(tuple((fault.field, fault.problem) for fault in row.faults))
    return row


def check_details(details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What is wrong with a victim's details, by the rules of a request's: a field and a rule each."""
    return tuple((fault.field, fault.problem) for fault in victim_faults(details))


class RequestIntake:
    """Stores requests in the inbox; `on_stored` is called after each, so that it is delivered at once."""

    def __init__(self, inbox: PostgresInbox, on_stored: Callable[[], None] = lambda: None) -> None:
        self._inbox = inbox
        self._on_stored = on_stored

    async def accept(
        self, raw: Mapping[str, Any], source: str, by: Actor, continues: Continuation | None = None
    ) -> AcceptedMessage:
        """Store a request; see `ports.requests.AcceptRequest`."""
        row = read_request(raw)
        if continues is not None:
            row = replace(row, request=replace(row.request, continues=continues))
        accepted = await take_in(self._inbox, source, row, random.SystemRandom(), by=by)
        self._on_stored()
        return accepted
