"""`duplicates`: whether a request is there already, as far as it can be found without reading whom it is about."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from cli.acting import Ref, case_ref
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from domain.vocabulary import CaseRef
    from queries.duplicates import Duplicates, PossibleDuplicate

# ruff: noqa: PLC0415 - a command loads what it uses


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(duplicates)


def duplicates(context: typer.Context, ref: Ref, as_json: Json = False) -> None:
    """List possible duplicates.

    Other cases of the same victim, the same offender or the same incident: where they stand, and what is the same.
    """
    run(_duplicates(case_ref(ref), output(context, as_json)))


async def _duplicates(ref: "CaseRef", to: Output) -> None:
    from cli.cases import found_case
    from queries.duplicates import DuplicateQueries

    async with database(settings()) as pool:
        await found_case(pool, ref)
        found = await DuplicateQueries(pool).find_duplicates(ref)
    to.answer({"ref": ref, **duplicates_json(found)}, *(duplicate_lines(found) or ["Nothing like it is there."]))


def duplicates_json(found: "Duplicates") -> dict[str, Any]:
    """What was found, as JSON has it."""
    return to_json_object(found)


def duplicate_lines(found: "Duplicates") -> list[str]:
    """What was found, a line for each; none where there is nothing."""
    return list(_lines(found))


def _lines(found: "Duplicates") -> Iterator[str]:
    yield from (_line(each) for each in found.cases)
    if found.more:
        yield f"and {found.more} more"


def _line(each: "PossibleDuplicate") -> str:
    same = " and ".join(f"same {what}" for what in each.same)
    ended = f", ended on {each.ended_on}" if each.ended_on else ""
    why = f" ({each.reason})" if each.reason else ""
    whose = f", assigned to {each.assigned_to}" if each.assigned_to else ""
    return f"{each.ref}  {same}: {each.area}, {each.stage}, {each.step}{why}{ended}{whose}"
