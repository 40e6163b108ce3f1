"""Record an event in a case for a member of staff, and give the case's answer.

The caller gives the record's id: sent again under the same id it counts once, and so does its note.
"""

import uuid
from dataclasses import dataclass

from application.context import CaseworkContext, UnknownCase, require_access
from domain.events import Actor, Event, Record
from domain.people import Person
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import AgencyRef, CaseRef, Refusal
from ports.case_file import RecordResult
from ports.cases import WorkflowNotFound
from ports.vault import Vault
from queries.cases import CaseQueries

_NOTES = uuid.UUID("5a3e5f0c-6a0f-4a51-9d67-0d5a1c2f7b11")
"""The namespace of notes' ids: the same note of the same record has one id, however often it is sent."""


class RoleForbidden(CaseworkError):
    """Nobody with this person's roles may do it."""


@dataclass(frozen=True, slots=True)
class EventInput:
    """What staff want to record. `note` is free text; `on_behalf_of` the agency whose answer it is."""

    id: str
    event: Event
    expected_version: int | None = None
    note: str = ""
    on_behalf_of: AgencyRef | None = None


async def record_event(context: CaseworkContext, person: Person, ref: CaseRef, event_input: EventInput) -> RecordResult:
    """Record an event in the case `ref` as `person`.

    Raises UnknownCase, AreaForbidden, RoleForbidden, and what `Cases.record_event` raises.
    """
    await require_access(context, person, ref)
    if person.records_as is None:
        raise RoleForbidden
    actor = Actor(person.records_as, person.id, on_behalf_of=event_input.on_behalf_of)
    note = await save_note(context.vault, ref, actor, event_input) if event_input.note else ""
    try:
        return await context.cases.record_event(ref, to_record(actor, event_input, note))
    except WorkflowNotFound:
        raise await explain_not_running(context.queries, ref, event_input.event) from None


async def explain_not_running(queries: CaseQueries, ref: CaseRef, event: Event) -> CaseworkError:
    """Why `event` cannot be recorded in a case that Temporal does not run, by what the case file has of it.

    The workflow of an ended case completes in the end; the case refuses what it would have refused before.
    """
    case = await queries.get_case(ref)
    if case is None:
        return UnknownCase()
    return WorkflowNotFound() if case.ended_on is None else RecordRefused(Refusal.CASE_CLOSED, event.name)


def to_record(actor: Actor, event_input: EventInput, note: str = "") -> Record:
    """The record of `event_input`; `note` is the vault's id of its free text."""
    return Record(event_input.id, event_input.event, actor, event_input.expected_version, note)


async def save_note(vault: Vault, ref: CaseRef, actor: Actor, event_input: EventInput) -> str:
    """Save the free text of a record in the vault, and give its id there, which is always the same."""
    id = uuid.uuid5(_NOTES, f"{ref} {event_input.id}")
    return await vault.save_note(ref, event_input.note, by=f"staff:{actor.id}", id=id)
