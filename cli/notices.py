"""`notices`: what becomes of a notice that a person had to look after."""

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli.actors import As, account, actor
from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output

if TYPE_CHECKING:
    from adapters.postgres.notification_actions import PostgresNotificationActions

# ruff: noqa: PLC0415 - a command loads what it uses

Key = Annotated[str, typer.Argument(metavar="KEY", help="The notice's key, as rj tasks shows it.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    notices = typer.Typer(name="notices", invoke_without_command=True, rich_markup_mode=None)
    notices.callback()(_help)
    notices.command()(resolve)
    notices.command()(resend)
    notices.command()(returned)
    app.add_typer(notices)


def _help(context: typer.Context) -> None:
    """Look after notices to victims that did not arrive.

    rj tasks lists them.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def resolve(context: typer.Context, key: Key, by: As = "", as_json: Json = False) -> None:
    """Record that the victim was told, in whatever way."""
    run(_settle(key, account(actor(context, by)), output(context, as_json)))


def resend(context: typer.Context, key: Key, by: As = "", as_json: Json = False) -> None:
    """Have a notice sent once more.

    In the form that the victim wants by then, to the address that the vault holds by then, and not at night.
    """
    run(_resend(key, account(actor(context, by)), output(context, as_json)))


def returned(context: typer.Context, key: Key, by: As = "", as_json: Json = False) -> None:
    """Record that a message came back.

    As a mail to an address that is no more does, hours later. Telling the victim is then a task: rj tasks shows it.
    """
    run(_returned(key, account(actor(context, by)), output(context, as_json)))


async def _settle(key: str, by: str, to: Output) -> None:
    from adapters.postgres.notification_actions import PostgresNotificationActions

    async with database(settings()) as pool:
        told = PostgresNotificationActions(pool)
        if not await told.resolve(key, by):
            await _fail_for(told, key, "there is nothing to be told by hand")
    to.answer({"key": key, "resolved_by": by}, f"{key}: told, as {by} says.")


async def _resend(key: str, by: str, to: Output) -> None:
    from adapters.postgres.notification_actions import PostgresNotificationActions

    chosen = settings()
    async with database(chosen) as pool:
        told = PostgresNotificationActions(pool)
        if not await told.resend(key, by):
            await _fail_for(told, key, "it is not one that was given up")
    off = " Nothing is sent while RJ_NOTIFICATIONS is none." if chosen.notifications == "none" else ""
    to.answer({"key": key, "resent_by": by}, f"{key}: it is sent again by day.{off}")


async def _returned(key: str, by: str, to: Output) -> None:
    from adapters.postgres.notification_actions import PostgresNotificationActions

    async with database(settings()) as pool:
        told = PostgresNotificationActions(pool)
        if not await told.returned(key, by):
            await _fail_for(told, key, "only what was sent can come back")
    to.answer({"key": key, "state": "failed"}, f"{key}: it came back, and the victim is to be told: see rj tasks.")


async def _fail_for(told: "PostgresNotificationActions", key: str, why: str) -> NoReturn:
    state = await told.state(key)
    fail(f"{key}: there is no such notice to a victim" if state is None else f"{key} is {state}: {why}")
