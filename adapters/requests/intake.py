"""Stores a request in the inbox as a new case, with personal details in the vault."""

import hashlib
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from adapters.postgres.inbox import PostgresInbox, RefTaken
from adapters.requests.files import read_rows
from adapters.requests.rows import InvalidRow, RequestRow, find_victim_errors, read_row
from domain.events import Actor, Continuation
from domain.json_values import to_json_object
from domain.references import new_ref
from domain.vocabulary import CaseRef, Role
from ports.inbox import AcceptedMessage, InboxMessage
from ports.requests import AreaCheck, ImportedRow, InvalidInput
from workflows.record_codec import write_event

MAX_ATTEMPTS = 5
"""How many references are tried: one may be another case's."""


async def store_request(
    inbox: PostgresInbox,
    source: str,
    row: RequestRow,
    chance: random.Random,
    *,
    ref: CaseRef | None = None,
    by: Actor | None = None,
) -> AcceptedMessage:
    """Store `row` as a new case, or return the case that it became before.

    `source` is `import:<name>` or `staff:<id>`; `ref` is the reference to use, by default a new one; `by` is who
    records it, by default the service itself. Raises RefTaken.
    """
    record = write_event(row.request, by or Actor(Role.SERVICE, source))
    victim = {**vault_details(row.victim), "offence": row.offence.value}
    offender = vault_details(row.offender) if row.offender is not None else None
    digest = hashlib.sha256(json.dumps([record, victim, offender, row.note], sort_keys=True).encode()).digest()
    for _ in range(MAX_ATTEMPTS):
        message = InboxMessage(source, row.source_id, ref or new_ref(chance), record, digest, row.note)
        try:
            return await inbox.accept_request(message, victim, offender)
        except RefTaken:
            if ref is not None:
                raise
    raise RefTaken("no free reference was found")


def vault_details(person: object) -> dict[str, Any]:
    """The details of a `Victim` or `Offender` as the vault stores them, without empty ones."""
    return {name: value for name, value in to_json_object(person).items() if value not in ("", None, [])}


def check_details(details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The errors in a victim's details, by the rules of a request's: a field and a rule each."""
    return tuple((error.field, error.problem) for error in find_victim_errors(details))


class RequestIntake:
    """Stores requests that staff enter; `on_stored` is called after each, so that it is delivered at once."""

    def __init__(self, inbox: PostgresInbox, on_stored: Callable[[], None] = lambda: None) -> None:
        self._inbox = inbox
        self._on_stored = on_stored

    async def accept(
        self, raw: Mapping[str, Any], source: str, by: Actor, continues: Continuation | None = None
    ) -> AcceptedMessage:
        """Store a request; see `ports.requests.AcceptRequest`."""
        row = read_row(raw)
        if isinstance(row, InvalidRow):
            raise InvalidInput(tuple((error.field, error.problem) for error in row.errors))
        if continues is not None:
            row = replace(row, request=replace(row.request, continues=continues))
        accepted = await store_request(self._inbox, source, row, random.SystemRandom(), by=by)
        self._on_stored()
        return accepted

    async def import_file(
        self, content: BinaryIO, is_csv: bool, source: str, by: Actor, find_area_problem: AreaCheck
    ) -> AsyncIterator[ImportedRow]:
        """Store the requests of a file; see `ports.requests.ImportFile`."""
        chance = random.SystemRandom()
        for row in read_rows(content, is_csv=is_csv):
            if isinstance(row, InvalidRow):
                errors = tuple((error.field, error.problem) for error in row.errors)
                yield ImportedRow(row.line, row.source_id, errors=errors)
            elif problem := find_area_problem(row.request.area):
                yield ImportedRow(row.line, row.source_id, errors=(("request.area", problem),))
            else:
                accepted = await store_request(self._inbox, source, row, chance, by=by)
                self._on_stored()
                yield ImportedRow(row.line, row.source_id, accepted.ref, accepted.first)
