"""Stores a request in the inbox as a new case, with personal details in the vault."""

import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, BinaryIO

import asyncpg

from adapters.clock import StackClock
from adapters.postgres.inbox import PostgresInbox, RefTaken
from adapters.postgres.stored_requests import StoredRequest, flatten_details, get_stored_request
from adapters.requests.ages import find_offender_age_errors
from adapters.requests.field_errors import FieldError
from adapters.requests.files import find_format, read_rows
from adapters.requests.people import Offender, Victim
from adapters.requests.rows import InvalidRow, RequestRow, read_offender, read_row, read_victim
from domain.events import Actor, Continuation, Record
from domain.intake import open_case
from domain.json_values import to_json_object, to_json_without_defaults
from domain.references import new_ref
from domain.refusals import RecordRefused
from domain.vocabulary import AgeGroup, CaseRef, Role
from ports.inbox import AcceptedMessage, InboxMessage
from ports.requests import FileFormat, ImportedRow, InvalidInput, NameCheck
from ports.token_key import TokenKey
from workflows.record_codec import write_event

MAX_ATTEMPTS = 5
"""How many references are tried: one may be another case's."""


async def store_request(
    inbox: PostgresInbox,
    key: TokenKey,
    source: str,
    row: RequestRow,
    chance: random.Random,
    *,
    ref: CaseRef | None = None,
    by: Actor | None = None,
) -> AcceptedMessage:
    """Store `row` as a new case, or return the case that it became before.

    `source` is `import:<name>` or `staff:<id>`; `ref` is the reference to use, by default a new one; `by` is who
    records it, by default the service itself. A token of `key` replaces the number of the crime. Raises RefTaken.
    """
    incident = key.make_incident_token(row.request.incident) if row.request.incident else ""
    record = write_event(replace(row.request, incident=incident), by or Actor(Role.SERVICE, source))
    victim, offender = victim_details(row), vault_details(row.offender) if row.offender is not None else None
    digest = digest_of(row, key)
    for _ in range(MAX_ATTEMPTS):
        message = InboxMessage(source, row.source_id, ref or new_ref(chance), record, digest, row.note)
        try:
            return await inbox.accept_request(message, victim, offender)
        except RefTaken:
            if ref is not None:
                raise
    raise RefTaken("no free reference was found")


def digest_of(row: RequestRow, key: TokenKey) -> bytes:
    """The digest by which a request that comes again is known to be the same, from any sender."""
    offender = vault_details(row.offender) if row.offender is not None else None
    parts = [to_json_without_defaults(row.request), victim_details(row), offender, row.note]
    return key.make_digest(json.dumps(parts, sort_keys=True).encode())


def find_differences(row: RequestRow, stored: StoredRequest) -> tuple[str, ...]:
    """The fields in which `row` differs from the request that was stored under its id, or from the vault since."""
    now, before = flatten(row), stored.fields
    return tuple(name for name in dict.fromkeys([*now, *before]) if now.get(name) != before.get(name))


def flatten(row: RequestRow) -> dict[str, Any]:
    """The fields of `row` by their names: those of the request alone, those of a person after `victim.` and so on."""
    offender = vault_details(row.offender) if row.offender is not None else {}
    return flatten_details(to_json_without_defaults(row.request), victim_details(row), offender, row.note)


def victim_details(row: RequestRow) -> dict[str, Any]:
    """The victim's details as the vault stores them, with the facts of the request that say more than codes."""
    facts = {
        "offence": row.request.offence.value,
        "incident": row.request.incident,
        "date_of_offence": row.date_of_offence and row.date_of_offence.isoformat(),
        "referrer": row.referrer and vault_details(row.referrer),
    }
    return {**vault_details(row.victim), **{name: value for name, value in facts.items() if value}}


def vault_details(person: object) -> dict[str, Any]:
    """The details of a `Victim`, `Offender` or `Referrer` as the vault stores them, without empty ones."""
    return {name: value for name, value in to_json_object(person).items() if value not in ("", None, [])}


def read_victim_details(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """A victim's details by the rules of a request's; see `ports.requests.ReadDetails`."""
    return _details_or_errors(read_victim(details))


def read_offender_details(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """An offender's details by the rules of a request's; see `ports.requests.ReadDetails`."""
    return _details_or_errors(read_offender(details))


def check_offender_age(group: AgeGroup, details: Mapping[str, Any], today: date) -> None:
    """Refuse an age that contradicts the age group of the case; see `ports.requests.CheckAge`."""
    known = {
        name: value for name, value in details.items() if name != "year_of_birth" or "date_of_birth" not in details
    }
    offender = read_offender(known)
    assert isinstance(offender, Offender), "the details have been read before"
    _details_or_errors(find_offender_age_errors(group, offender, today) or offender)


def _details_or_errors(read: Victim | Offender | tuple[FieldError, ...]) -> Mapping[str, Any]:
    if isinstance(read, tuple):
        raise InvalidInput(tuple((error.field, error.problem) for error in read))
    return vault_details(read)


def find_refusal(row: RequestRow, now: datetime) -> str:
    """Why the process refuses the request at the cases' time `now`, as far as is certain; empty: it does not."""
    try:
        open_case(CaseRef("RJ-0000-0000"), Record("", row.request, Actor(Role.SERVICE)), now)
    except RecordRefused as refused:
        return refused.code.value
    return ""


class RequestIntake:
    """Stores requests that staff enter; `on_stored` is called after each, so that it is delivered at once."""

    def __init__(
        self, pool: asyncpg.Pool, key: TokenKey, clock: StackClock, on_stored: Callable[[], None] = lambda: None
    ) -> None:
        self._pool = pool
        self._key = key
        self._clock = clock
        self._inbox = PostgresInbox(pool)
        self._on_stored = on_stored

    async def accept(
        self, raw: Mapping[str, Any], source: str, by: Actor, continues: Continuation | None = None
    ) -> AcceptedMessage:
        """Store a request; see `ports.requests.AcceptRequest`."""
        row = read_row(raw, today=self._clock.today())
        if isinstance(row, InvalidRow):
            raise InvalidInput(tuple((error.field, error.problem) for error in row.errors))
        if continues is not None:
            row = replace(row, request=replace(row.request, continues=continues))
        accepted = await store_request(self._inbox, self._key, source, row, random.SystemRandom(), by=by)
        self._on_stored()
        return accepted

    async def import_file(
        self, content: BinaryIO, is_csv: bool, source: str, by: Actor, find_name_problem: NameCheck
    ) -> AsyncIterator[FileFormat | ImportedRow]:
        """Store the requests of a file; see `ports.requests.ImportFile`."""
        chance = random.SystemRandom()
        form = find_format(content, is_csv=is_csv)
        yield form.in_words
        for row in read_rows(content, form, self._clock.today()):
            if isinstance(row, InvalidRow):
                errors = tuple((error.field, error.problem) for error in row.errors)
                yield ImportedRow(row.line, row.source_id, errors=errors)
            elif unknown := find_name_problem(row.request.area, row.request.referred_by):
                yield ImportedRow(row.line, row.source_id, errors=(unknown,))
            else:
                accepted = await store_request(self._inbox, self._key, source, row, chance, by=by)
                if accepted.first:
                    self._on_stored()
                    yield ImportedRow(
                        row.line, row.source_id, accepted.ref, True, refused=find_refusal(row, self._clock.now())
                    )
                else:
                    stored = await get_stored_request(self._pool, source, row.source_id)
                    differs = () if stored.digest == digest_of(row, self._key) else find_differences(row, stored)
                    refused = stored.refused or find_refusal(row, self._clock.now())
                    yield ImportedRow(row.line, row.source_id, accepted.ref, differs=differs, refused=refused)
