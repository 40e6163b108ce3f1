"""`digest`: what a supervisor's next morning digest would say."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from cli.reading import case_time

if TYPE_CHECKING:
    import asyncpg

    from application.digests import Digest

# ruff: noqa: PLC0415 - a command loads what it uses

Who = Annotated[str, typer.Argument(metavar="ID", help="The supervisor's id in the register of staff.")]


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(digest)


def digest(context: typer.Context, id: Who, as_json: Json = False) -> None:
    """Show a supervisor's next digest.

    As it would say now what is new since their last one, what is stuck, and how much there is. Nothing is sent.
    """
    run(_digest(id, output(context, as_json)))


async def _digest(id: str, to: Output) -> None:
    from adapters.channels.digest_email import as_text
    from domain.json_values import to_json

    async with database(settings()) as pool:
        made = await _made(pool, id)
    fields = to_json(made)
    assert isinstance(fields, dict)
    to.answer(fields, *as_text(made).strip().splitlines())


async def _made(pool: "asyncpg.Pool", id: str) -> "Digest":
    from adapters.postgres.digests import PostgresDigests
    from adapters.postgres.staff import PostgresStaff
    from application.digests import make_digest
    from domain.people import StaffRole
    from ports.staff import MemberFilters

    members = await PostgresStaff(pool).members(MemberFilters(role=StaffRole.SUPERVISOR, id=id))
    member = (
        members[0] if members else fail(f"{id}: no active supervisor has this id; rj staff list shows who there is")
    )
    today = case_time(settings()).date()
    return await make_digest(pool, member, today, today, await PostgresDigests(pool).last_until(id))
