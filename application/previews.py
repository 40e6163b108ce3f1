"""Say in advance what recording events would change and who would be told, without recording them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from application.bulk import EventsForCase, SelectWaits, run_for_each
from application.context import CaseworkContext, UnknownCase, get_visible_case, read_state
from application.facilitators import fill_from_register
from application.record_event import EventInput, RoleForbidden
from domain.case import Case
from domain.change_preview import ChangePreview, preview_change
from domain.events import Actor, Record
from domain.people import Person
from domain.process import advance
from domain.references import is_ref
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import CaseRef, Refusal, WaitKey, is_agency

_NOTHING = ChangePreview()


@dataclass(frozen=True, slots=True)
class EventPreview:
    """The case after an event, and what the event changes."""

    after: Case
    change: ChangePreview


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What an action would change in one case, or why it could not be done."""

    ref: str
    version: int | None = None
    change: ChangePreview = _NOTHING
    failed: CaseworkError | None = None


async def preview_event(
    context: CaseworkContext, person: Person, ref: CaseRef, event_input: EventInput, now: datetime
) -> EventPreview:
    """What an event would change in the case `ref` at the cases' time `now`. Raises as `record_event` does."""
    case = read_state(await get_visible_case(context, person, ref))
    event = await fill_from_register(context.staff, person, event_input.event, context.today())
    return _preview(case, person, replace(event_input, event=event), now)


def _preview(case: Case, person: Person, event_input: EventInput, now: datetime) -> EventPreview:
    if person.records_as is None:
        raise RoleForbidden
    actor = Actor(person.records_as, person.id, on_behalf_of=event_input.on_behalf_of)
    note = "not-stored" if event_input.note else ""
    record = Record(
        event_input.id,
        event_input.event,
        actor,
        event_input.expected_version,
        note,
        occurred_on=event_input.occurred_on,
    )
    after = advance(case, record, now)
    return EventPreview(after, preview_change(case, after, record))


def select_waits_of(context: CaseworkContext) -> SelectWaits:
    """Select waits as a bulk action does, and store nothing."""

    async def select(_id: str, ref: CaseRef, agencies_only: bool) -> Sequence[WaitKey]:
        case = await context.queries.get_case(ref)
        waits = [wait for wait in (case.waits if case else ()) if is_agency(wait.waiting_on) or not agencies_only]
        overdue = [wait for wait in waits if wait.overdue_since is not None]
        return [WaitKey(wait.key) for wait in overdue or waits]

    return select


async def preview_cases(
    context: CaseworkContext, person: Person, refs: Sequence[str], events: EventsForCase, now: datetime
) -> tuple[BulkPreview, ...]:
    """What recording `events` in each of `refs` would change, in their order. `events` must store nothing."""
    return await run_for_each(refs, lambda ref: _preview_case(context, person, ref, events, now))


async def _preview_case(
    context: CaseworkContext, person: Person, ref: str, events: EventsForCase, now: datetime
) -> BulkPreview:
    try:
        if not is_ref(ref):
            raise UnknownCase
        before = case = read_state(await get_visible_case(context, person, CaseRef(ref)))
        changes: list[str] = []
        notifies: list[str] = []
        for event in await events("preview", CaseRef(ref)):
            try:
                step = _preview(case, person, EventInput("preview", event), now)
            except RecordRefused as refused:
                if getattr(event, "wait", None) is None or refused.code is not Refusal.UNKNOWN_WAIT:
                    raise
            else:
                case = step.after
                changes += step.change.changes
                notifies += step.change.notifies
        if case is before:
            raise RecordRefused(Refusal.UNKNOWN_WAIT)
    except CaseworkError as failed:
        return BulkPreview(ref, failed=failed)
    return BulkPreview(ref, case.version, ChangePreview(tuple(changes), tuple(notifies)))
