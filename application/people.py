"""The details of a case's victim and offender: looked up and corrected in the vault, which logs who did."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from application.context import CaseworkContext
from application.record_event import EventInput, record_event
from domain.case import Case, waits_of
from domain.events import AskRetried
from domain.people import Person
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef, Side, WaitKind, subject_of
from ports.requests import ReadDetails

DERIVED = ("phone_note", "year_of_birth")
"""Details that are read from what is written in another one: a remark with a number, a year as a date of birth."""


class NoVictimDetails(CaseworkError):
    """The vault has no details of the victim."""


async def get_details(context: CaseworkContext, side: Side, ref: CaseRef, by: str) -> Mapping[str, Any]:
    """What the vault has of the person; nothing of an unknown offender. Raises NoVictimDetails."""
    if side is Side.OFFENDER:
        return await context.vault.get_offender(ref, by=by) or {}
    details = await context.vault.get_victim(ref, by=by)
    if details is None:
        raise NoVictimDetails
    return details


async def correct_details(
    context: CaseworkContext, side: Side, read: ReadDetails, ref: CaseRef, changes: Mapping[str, Any], by: str
) -> Mapping[str, Any]:
    """Write `changes`, under the rules of a request's details; the details after them.

    Raises NoVictimDetails and InvalidInput.
    """
    before = await get_details(context, side, ref, by)
    if not changes:
        return before
    written = read_changes(before, changes, read)
    if side is Side.OFFENDER:
        return await context.vault.correct_offender(ref, written, by=by)
    corrected = await context.vault.correct_victim(ref, written, by=by)
    if corrected is None:
        raise NoVictimDetails
    return corrected


def read_changes(before: Mapping[str, Any], changes: Mapping[str, Any], read: ReadDetails) -> Mapping[str, Any]:
    """What `changes` of the details `before` are as they are written; None removes one. Raises InvalidInput."""
    merged = {field: value for field, value in {**before, **changes}.items() if value not in ("", None, [])}
    after = read(merged)
    named = {*changes, *(name for name in DERIVED if after.get(name) != before.get(name))}
    return {name: after.get(name) for name in named}


async def retry_failed_traces(context: CaseworkContext, person: Person, case: Case) -> None:
    """Have the traces of `case` sent again that could not be delivered, as where nothing was known of the offender.

    The details are stored in any case: a trace that the case no longer waits for, or does not take now, stays as it is.
    """
    for wait in waits_of(case, WaitKind.TECHNICAL_PROBLEM):
        if subject_of(wait.key).startswith(WaitKind.TRACE):
            id = f"offender-details:{case.version}:{wait.key}"
            with suppress(CaseworkError):
                await record_event(context, person, case.ref, EventInput(id, AskRetried(wait.key)))
