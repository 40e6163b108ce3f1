"""Undo the last step of a case that was recorded by mistake."""

from dataclasses import dataclass

from application.context import CaseworkContext, get_visible_case, read_state
from application.record_event import EventInput
from domain.events import EntryCorrected
from domain.people import Person
from domain.refusals import RecordRefused
from domain.vocabulary import CaseRef, Refusal
from ports.case_file import Entry


@dataclass(frozen=True, slots=True)
class CorrectionOfStep:
    """The `entry` that is undone, and the event that undoes it."""

    entry: Entry
    event: EventInput


async def find_correction(
    context: CaseworkContext, person: Person, ref: CaseRef, note: str, id: str
) -> CorrectionOfStep:
    """Return what undoes the last step of the case `ref`, if nobody records anything in between.

    Raises UnknownCase, AreaForbidden, and RecordRefused where there is nothing to undo.
    """
    snapshot = await get_visible_case(context, person, ref)
    undo_point = read_state(snapshot).undo_point
    if undo_point is None:
        raise RecordRefused(Refusal.NOTHING_TO_CORRECT)
    entries = await context.history.list_entries(ref, newest_first=True)
    entry = next(entry for entry in entries if entry.id == undo_point.entry)
    return CorrectionOfStep(entry, EventInput(id, EntryCorrected(undo_point.entry), snapshot.version, note))
