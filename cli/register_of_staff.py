"""The register of staff: whom cases can be assigned to, whom mail goes to, and who is kept out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.actors import As, account, actor
from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output

if TYPE_CHECKING:
    from ports.staff import Member, MemberChanges, MemberFilters

# ruff: noqa: PLC0415 - a command loads what it uses

Id = Annotated[str, typer.Argument(metavar="ID", help="The person's account, as their tokens say it: d.webb.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="What they are; may be given more than once.")]
Areas = Annotated[list[str] | None, typer.Option("--area", help="Where they work; * stands for every area.")]
Email = Annotated[str | None, typer.Option("--email", help="Where they get the service's mail; empty: nowhere.")]
COLUMNS = ("account", "roles", "areas", "mail", "last seen", "")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    staff = typer.Typer(name="staff", invoke_without_command=True, rich_markup_mode=None)
    staff.callback()(_help)
    for command in (add, edit, deactivate):
        staff.command()(command)
    staff.command("list")(list_them)
    app.add_typer(staff)


def _help(context: typer.Context) -> None:
    """Keep the register of staff.

    A first sign-in enters a person; what they may do is said by their tokens.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def add(
    context: typer.Context,
    id: Id,
    role: Roles = None,
    area: Areas = None,
    email: Email = None,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Enter somebody ahead of their first sign-in."""
    run(_add(id, role or [], area or [], email or "", account(actor(context, by)), output(context, as_json)))


async def _add(id: str, roles: list[str], areas: list[str], email: str, by: str, to: Output) -> None:
    from adapters.postgres.staff import PostgresStaff
    from ports.staff import Member, parse_areas, parse_roles

    async with database(settings()) as pool:
        with _as_told(id):
            _say(await PostgresStaff(pool).add(Member(id, parse_roles(roles), parse_areas(areas), email), by), to)


def edit(
    context: typer.Context,
    id: Id,
    role: Roles = None,
    area: Areas = None,
    email: Email = None,
    active: Annotated[bool, typer.Option("--active", help="Let them in again, after they were kept out.")] = False,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Change what is named, and nothing else.

    Roles and areas hold until the person's next sign-in, whose token says them anew.
    """
    from ports.staff import MemberChanges

    changes = MemberChanges(tuple(role) if role else None, tuple(area) if area else None, email, active or None)
    if changes == MemberChanges():
        fail("nothing to change: name at least one option, such as --email")
    run(_edit(id, changes, account(actor(context, by)), output(context, as_json)))


def deactivate(context: typer.Context, id: Id, by: As = "", as_json: Json = False) -> None:
    """Keep somebody out from now on.

    Whatever their token says. Their cases count as nobody's; edit --active lets them in again.
    """
    from ports.staff import MemberChanges

    run(_edit(id, MemberChanges(active=False), account(actor(context, by)), output(context, as_json)))


async def _edit(id: str, changes: "MemberChanges", by: str, to: Output) -> None:
    from adapters.postgres.staff import PostgresStaff

    async with database(settings()) as pool:
        with _as_told(id):
            _say(await PostgresStaff(pool).edit(id, changes, by), to)


def list_them(
    context: typer.Context,
    role: Annotated[str | None, typer.Option("--role", help="Only people with this role.")] = None,
    area: Annotated[str | None, typer.Option("--area", help="Only people who work there.")] = None,
    inactive: Annotated[bool, typer.Option("--inactive", help="Those who are kept out, instead.")] = False,
    as_json: Json = False,
) -> None:
    """List members of staff."""
    from domain.people import StaffRole
    from ports.staff import MemberFilters

    if role is not None and role not in set(StaffRole):
        fail(f"--role {role!r}: it is one of {', '.join(StaffRole)}")
    filters = MemberFilters(None if role is None else StaffRole(role), area, not inactive)
    run(_list(filters, output(context, as_json)))


async def _list(filters: "MemberFilters", to: Output) -> None:
    from adapters.postgres.staff import PostgresStaff
    from ports.staff import member_to_json

    async with database(settings()) as pool:
        members = await PostgresStaff(pool).members(filters)
    to.rows(COLUMNS, [(member_to_json(each), _cells(each)) for each in members], "Nobody is like that.")


def _cells(member: "Member") -> tuple[str, ...]:
    return (
        member.id,
        ", ".join(sorted(member.roles)),
        "all" if member.areas is None else ", ".join(sorted(member.areas)) or "none",
        member.email,
        f"{member.seen_at:%Y-%m-%d %H:%M}" if member.seen_at else "never",
        "" if member.active else "kept out",
    )


def _say(member: "Member", to: Output) -> None:
    from ports.staff import member_to_json

    cells = dict(zip(COLUMNS, _cells(member), strict=True))
    standing = "signs in" if member.active else f"is kept out: rj staff edit {member.id} --active lets them in"
    to.answer(
        member_to_json(member),
        f"{member.id}: {cells['roles']}; areas: {cells['areas']}; mail: {member.email or 'none'}",
        f"Last seen: {cells['last seen']}. Whoever has this account {standing}.",
    )


@contextmanager
def _as_told(id: str) -> Iterator[None]:
    """Say what the register refuses as a mistake. Raises UsageError."""
    from ports.staff import InvalidMember, MemberExists, UnknownMember

    try:
        yield
    except InvalidMember as unfit:
        fail(str(unfit))
    except UnknownMember:
        fail(f"the register has no {id!r}: rj staff list shows whom it has")
    except MemberExists:
        fail(f"the register has {id!r} already: rj staff edit changes it, with --active if they are kept out")
