"""Setting a service up: its database's schema, its first administrator; and the embedded stack's emails."""

import getpass
from typing import Annotated

import typer

from cli.errors import fail
from cli.london import LABEL, london_time
from cli.operator.connections import database, run, settings
from cli.output import JsonOption, Output, output, printable
from cli.run_file import RUN_SETTINGS

# ruff: noqa: PLC0415 - a command loads what it uses

commands = typer.Typer()


@commands.command()
def migrate() -> None:
    """Bring the database's schema up to date.

    Does nothing where it is. Run it before the first start and after each upgrade.
    """
    from adapters.migrations import MigrationError
    from adapters.migrations import migrate as apply_migrations

    try:
        apply_migrations(settings().database_url.get_secret_value())
    except MigrationError as error:
        fail(str(error))


@commands.command("add-first-admin")
def add_first_admin(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Their account, as in their tokens: o.haddad.")],
    as_json: JsonOption = False,
) -> None:
    """Add the first administrator.

    Needs the database. Everybody else is added by an administrator, over HTTP.
    """
    run(_add_first_admin(account, output(context, as_json)))


async def _add_first_admin(account: str, to: Output) -> None:
    from adapters.postgres.staff import PostgresStaff
    from domain.people import StaffRole
    from ports.staff import InvalidMember, Member, MemberExists, MemberFilters
    from queries.staff import StaffQueries

    async with database(settings()) as pool:
        staff = PostgresStaff(pool)
        admins = await StaffQueries(pool).list_members(MemberFilters(role=StaffRole.ADMIN))
        if admins:
            fail(f"There is an administrator already ({admins[0].id}): they add others with rj staff add")
        try:
            await staff.add(Member(account, frozenset({StaffRole.ADMIN}), None), f"operator:{getpass.getuser()}")
        except MemberExists:
            fail(f"There is a member of staff {account!r} already")
        except InvalidMember as error:
            fail(str(error))
    to.answer({"id": account, "roles": ["admin"]}, f"{account} is an administrator: they sign in with rj login.")


@commands.command()
def mail(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the emails that the embedded stack has sent.

    They are stored as files, the newest first; nothing leaves this machine.
    """
    from devstack.mailbox import stored_mails

    mails = stored_mails(RUN_SETTINGS.parents[1] / "mail")
    rows = [
        (
            {"sent_at": stored.sent_at, "to": stored.to, "subject": stored.subject, "file": str(stored.file)},
            (london_time(stored.sent_at), printable(stored.to), printable(stored.subject), str(stored.file)),
        )
        for stored in mails
    ]
    output(context, as_json).rows((f"sent ({LABEL})", "to", "subject", "file"), rows, "No emails")
