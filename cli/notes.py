"""The free texts of a case, which are kept in the vault: whoever reads them is logged."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acting import Ref, case_ref
from cli.actors import As, account, actor
from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output, printable

if TYPE_CHECKING:
    from domain.vocabulary import CaseRef
    from ports.case_file import Entry

# ruff: noqa: PLC0415 - a command loads what it uses

Seq = Annotated[
    int | None, typer.Option("--entry", metavar="SEQ", min=1, help="Only the note of this entry, by its number.")
]


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(notes)


def notes(context: typer.Context, ref: Ref, entry: Seq = None, by: As = "", as_json: Json = False) -> None:
    """Read the notes of a case.

    What agencies and staff wrote beside their entries, such as the people among whom a caseworker chooses who was
    meant. They are kept in the vault: it is logged who reads them.
    """
    run(_notes(case_ref(ref), entry, account(actor(context, by)), output(context, as_json)))


async def _notes(ref: "CaseRef", version: int | None, by: str, to: Output) -> None:
    from adapters.postgres.vault import PostgresVault
    from application.notes import read_notes
    from cli.cases import found_case

    async with database(settings()) as pool:
        await found_case(pool, ref)
        read = await read_notes(pool, PostgresVault(pool), ref, by=by, version=version)
    if version is not None and not read:
        fail(f"{ref}: there is no note with entry {version}")
    lines = [line for note in read for line in _lines(note.entry, note.text)]
    to.answer(
        {"ref": ref, "notes": [_object(note.entry, note.text) for note in read]}, *(lines or ["There are no notes."])
    )


def _object(entry: "Entry", text: str | None) -> dict[str, Any]:
    return {
        "version": entry.version,
        "at": entry.at,
        "event": entry.event,
        "by": entry.by,
        "note": entry.note,
        "text": text,
    }


def _lines(entry: "Entry", text: str | None) -> list[str]:
    who = f"{entry.by.get('role', 'nobody')} {entry.by.get('id', '')}".strip()
    return [
        f"{entry.version}  {entry.at:%Y-%m-%d %H:%M}  {entry.event} by {who}",
        *(f"   {printable(line)}" for line in (text or "The text is no longer kept.").splitlines()),
    ]
