"""Recording in a case: what a member of staff says goes to the case, and its answer comes back.

The id of the record is given by whoever calls: sent again under the same one it counts once, and so does its note.
"""

import asyncio
import uuid
from dataclasses import dataclass

import asyncpg

from domain.events import Actor, Event, Record
from domain.people import Person
from domain.refusals import CaseworkError, RecordRefused, Refusal
from domain.vocabulary import AgencyRef, CaseRef
from ports.case_file import CaseSnapshot
from ports.cases import AreaForbidden, Cases, RoleForbidden, UnknownCase, WorkflowNotFound
from ports.vault import Vault
from queries.cases import CaseQueries
from workflows.case_log import RecordResult

LOOKS_UNTIL_WRITTEN, SECONDS_BETWEEN_LOOKS = 200, 0.02
"""The case file follows the case by some hundredths of a second, unless its database is slow or was away."""

_IS_SEEN = "select $2::text[] is null or area = any($2) from cases where ref = $1"

_NOTES = uuid.UUID("5a3e5f0c-6a0f-4a51-9d67-0d5a1c2f7b11")
"""What ids of notes are made from: the same note of the same record has one id, however often it is sent."""


@dataclass(frozen=True, slots=True)
class CaseworkContext:
    """What staff work with: the case file and the vault, and the running cases."""

    pool: asyncpg.Pool
    cases: Cases
    vault: Vault


@dataclass(frozen=True, slots=True)
class EventInput:
    """What staff want to record. `note` is free text; `on_behalf_of` the agency whose answer it is."""

    id: str
    event: Event
    expected_version: int | None = None
    note: str = ""
    on_behalf_of: AgencyRef | None = None


async def record_event(desk: CaseworkContext, person: Person, ref: CaseRef, entered: EventInput) -> RecordResult:
    """Record what `person` has entered in the case `ref`.

    Raises UnknownCase, AreaForbidden, RoleForbidden, and what `Cases.record_event` raises.
    """
    role = person.records_as
    await require_access(desk.pool, person, ref)
    if role is None:
        raise RoleForbidden
    return await record_as_actor(desk, Actor(role, person.id, on_behalf_of=entered.on_behalf_of), ref, entered)


async def record_as_actor(desk: CaseworkContext, actor: Actor, ref: CaseRef, entered: EventInput) -> RecordResult:
    """Record in the case `ref` as `actor`, who has been found to be allowed to. Raises what `Cases.record_event` raises."""
    note = await save_note(desk.vault, ref, actor, entered) if entered.note else ""
    try:
        return await desk.cases.record_event(ref, to_record(actor, entered, note))
    except WorkflowNotFound:
        raise await explain_not_running(desk.pool, ref, entered.event) from None


async def explain_not_running(pool: asyncpg.Pool, ref: CaseRef, event: Event) -> CaseworkError:
    """Why `event` cannot be recorded in a case that Temporal does not run: what the case file knows of it.

    The workflow of an ended case is over some day, and the case refuses what it would have refused before.
    """
    case = await CaseQueries(pool).get_case(ref)
    if case is None:
        return UnknownCase()
    return WorkflowNotFound() if case.ended_on is None else RecordRefused(Refusal.CASE_CLOSED, event.name)


def to_record(actor: Actor, entered: EventInput, note: str = "") -> Record:
    """What was entered as a record; `note` is the vault's id of its free text."""
    return Record(entered.id, entered.event, actor, entered.expected_version, note)


async def save_note(vault: Vault, ref: CaseRef, actor: Actor, entered: EventInput) -> str:
    """Keep the free text of a record in the vault, and give its id there: one and the same however often it is kept."""
    id = uuid.uuid5(_NOTES, f"{ref} {entered.id}")
    return await vault.put_note(ref, entered.note, by=f"staff:{actor.id}", id=id)


async def require_access(pool: asyncpg.Pool, person: Person, ref: CaseRef) -> None:
    """Raise UnknownCase, or AreaForbidden where the case belongs to an area that `person` does not see."""
    is_seen = await pool.fetchval(_IS_SEEN, ref, person.within)
    if is_seen is None:
        raise UnknownCase
    if not is_seen:
        raise AreaForbidden


async def get_visible_case(pool: asyncpg.Pool, person: Person, ref: CaseRef) -> CaseSnapshot:
    """The case `ref`, which is read for nobody who does not see its area. Raises as `require_access` does."""
    case = await CaseQueries(pool).get_case(ref, areas=person.within)
    if case is None:
        await require_access(pool, person, ref)
        # It came to be in between.
        raise UnknownCase
    return case


async def wait_until_written(pool: asyncpg.Pool, ref: CaseRef, version: int) -> CaseSnapshot | None:
    """The case as soon as the case file has its entry `version`; None where that does not come within seconds."""
    for _ in range(LOOKS_UNTIL_WRITTEN):
        case = await CaseQueries(pool).get_case(ref)
        if case is not None and case.version >= version:
            return case
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    return None
