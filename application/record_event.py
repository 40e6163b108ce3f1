"""Record an event in a case for a member of staff, and give the case's answer.

The caller gives the record's id: sent again under the same id it counts once, and so does its note.
"""

import uuid
from dataclasses import dataclass
from datetime import date

from application.context import CaseworkContext, require_access_to_record
from application.facilitators import fill_from_register
from application.joint_meetings import plan_joint_meeting
from domain.events import Actor, Event, Record
from domain.people import Person
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import AgencyRef, CaseRef, Refusal
from ports.case_file import RecordResult
from ports.cases import WorkflowNotFound

_NOTES = uuid.UUID("5a3e5f0c-6a0f-4a51-9d67-0d5a1c2f7b11")
"""The namespace of notes' ids: the same note of the same record has one id, however often it is sent."""


class RoleForbidden(CaseworkError):
    """Nobody with this person's roles may do it."""


@dataclass(frozen=True, slots=True)
class EventInput:
    """What staff want to record. `note` is free text; `on_behalf_of` the agency whose answer it is.

    `occurred_on` is the day on which it happened, by default today.
    """

    id: str
    event: Event
    expected_version: int | None = None
    note: str = ""
    on_behalf_of: AgencyRef | None = None
    occurred_on: date | None = None


async def record_event(context: CaseworkContext, person: Person, ref: CaseRef, event_input: EventInput) -> RecordResult:
    """Record an event in the case `ref` as `person`.

    A joint meeting is recorded in each of its cases: sent again under the same id, it completes what was cut off.

    Raises UnknownCase, AreaForbidden, RoleForbidden, and what `Cases.record_event` raises.
    """
    await require_access_to_record(context, person, ref, event_input.event)
    if person.records_as is None:
        raise RoleForbidden
    actor, note = Actor(person.records_as, person.id, on_behalf_of=event_input.on_behalf_of), ""
    if event_input.note:
        id = uuid.uuid5(_NOTES, f"{ref} {event_input.id}")
        note = await context.vault.save_note(ref, event_input.note, by=person.account, id=id)
    event = await fill_from_register(context.staff, person, event_input.event, context.today())
    record = Record(
        event_input.id,
        event,
        actor,
        event_input.expected_version,
        note,
        occurred_on=event_input.occurred_on,
    )
    others = await plan_joint_meeting(context, person, ref, record)
    result = await send_record(context, ref, record)
    for other, their_record in others.items():
        await send_record(context, other, their_record)
    return result


async def send_record(context: CaseworkContext, ref: CaseRef, record: Record) -> RecordResult:
    """Send a record to the case `ref` and return what became of it. Raises what `Cases.record_event` raises."""
    try:
        return await context.cases.record_event(ref, record)
    except WorkflowNotFound:
        case = await context.queries.get_case(ref)
        if case is None or case.ended_on is None:
            raise
    # The workflow of an ended case completes in the end; the case refuses what it would have refused before.
    raise RecordRefused(Refusal.CASE_CLOSED, record.event.name)
