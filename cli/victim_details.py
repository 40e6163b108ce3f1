"""`victim-details`: how a victim is reached, looked up and corrected in the vault. It is remembered who did."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acting import Ref, case_ref
from cli.actors import As, account, actor
from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output, printable

if TYPE_CHECKING:
    from domain.vocabulary import CaseRef

# ruff: noqa: PLC0415 - a command loads what it uses


def _option(name: str, text: str) -> Any:
    return typer.Option(name, help=f"{text} Empty: no longer known.", show_default=False)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("victim-details")(victim_details)


def victim_details(
    context: typer.Context,
    ref: Ref,
    name: Annotated[str | None, typer.Option("--name", help="The name.", show_default=False)] = None,
    email: Annotated[str | None, _option("--email", "E-mail address.")] = None,
    phone: Annotated[str | None, _option("--phone", "Telephone number.")] = None,
    address: Annotated[str | None, _option("--address", "Postal address, its lines with commas between.")] = None,
    language: Annotated[str | None, _option("--language", "Such as en or cy.")] = None,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Show how a victim is reached, or correct it.

    What is not named stays as it is. How they want to hear is another matter: rj move REF contact_preference_changed.
    """
    given = {"name": name, "email": email, "phone": phone, "address": address, "language": language}
    changes = {field: value for field, value in given.items() if value is not None}
    run(_details(case_ref(ref), changes, account(actor(context, by)), output(context, as_json)))


async def _details(ref: "CaseRef", changes: Mapping[str, str], by: str, to: Output) -> None:
    from adapters.postgres.vault import PostgresVault
    from adapters.requests.taking import unfit_details
    from application.victims import InvalidDetails, NoVictimDetails, correct_victim, get_victim
    from cli.cases import found_case

    async with database(settings()) as pool:
        await found_case(pool, ref)
        try:
            if changes:
                await correct_victim(PostgresVault(pool), unfit_details, ref, changes, by)
                to.answer({"ref": ref, "changed": list(changes)}, f"{ref}: changed {', '.join(changes)}.")
            else:
                details = await get_victim(PostgresVault(pool), ref, by)
                to.answer({"ref": ref, **details}, *_lines(details))
        except NoVictimDetails:
            fail(f"{ref}: the vault holds nothing of the victim")
        except InvalidDetails as unfit:
            fail("; ".join(f"--{field} {problem}" for field, problem in unfit.faults))


def _lines(details: Mapping[str, Any]) -> Iterator[str]:
    for field, value in details.items():
        text = ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
        yield f"{field}: {printable(text)}"
