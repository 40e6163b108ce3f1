"""The directory of agencies: who is asked, how and where, with which keys; and whether they can be reached."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli.actors import As, account, actor
from cli.asks import pause_asks, resume_asks
from cli.choices import require_one_of
from cli.directory import as_told, no_agency
from cli.errors import EXIT_FINDINGS, fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from ports.agency_views import AgencyFilters, KeySide, PingResult
    from ports.directory import AgencyDetails, AgencyEdit

# ruff: noqa: PLC0415 - a command loads what it uses

Id = Annotated[str, typer.Argument(metavar="ID", help="The agency's id, such as eastmoor-probation.")]
Text = str | None
MOST_DAYS = 366
KIND = "What it is: vlo, probation, youth_offending_team, prison, hmpps_rehub, court, charity, restorative_service."
AREA = "The police-force area that it serves; empty for a national agency."
CHANNEL = "How it is asked: http, email, hmpps, or manual (by a caseworker)."
ADDRESS = "Where: a URL for http and hmpps, a mail address for email, nothing for manual."
QUESTIONS = (
    "What it is asked, with commas: trace, agency_check, approach, offender_answer, assessment. Empty: everything."
)
CONTACT = "Whom staff ring or write to when something is wrong: an office, not a person."
WORKS = "When it works, such as mon-fri or tue,wed."


def register(app: typer.Typer) -> None:
    """Add these commands."""
    agency = typer.Typer(name="agency", invoke_without_command=True, rich_markup_mode=None)
    agency.callback()(_help)
    for command in (add, edit, show, pause, resume, remove):
        agency.command()(command)
    agency.command("list")(list_them)
    agency.command("rotate-key")(rotate_key)
    agency.command("test")(try_it)
    app.add_typer(agency)


def _help(context: typer.Context) -> None:
    """Manage the directory of agencies.

    Who is asked, how and where, with which keys.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def add(
    context: typer.Context,
    id: Id,
    kind: Annotated[str, typer.Option("--kind", help=KIND)],
    name: Annotated[str, typer.Option("--name", help="Its name, as staff read it.")],
    area: Annotated[str, typer.Option("--area", help=AREA)] = "",
    channel: Annotated[str, typer.Option("--channel", help=CHANNEL)] = "manual",
    address: Annotated[str, typer.Option("--address", help=ADDRESS)] = "",
    questions: Annotated[str, typer.Option("--questions", help=QUESTIONS)] = "",
    contact: Annotated[str, typer.Option("--contact", help=CONTACT)] = "",
    works: Annotated[str, typer.Option("--works", metavar="DAYS", help=WORKS)] = "mon-fri",
    by: As = "",
    as_json: Json = False,
) -> None:
    """Enter an agency.

    Its keys are printed once, to be handed over, and never again.
    """
    from ports.directory import AgencyDetails

    details = AgencyDetails(id, _code(kind), name, area, _code(channel), address, _listed(questions), contact, works)
    run(_add(details, account(actor(context, by)), output(context, as_json)))


async def _add(details: "AgencyDetails", by: str, to: Output) -> None:
    from adapters.postgres.directory import PostgresDirectory
    from adapters.postgres.listing import PostgresListing
    from cli.agency_lines import added_lines, agency_json

    async with database(settings()) as pool:
        with as_told(details.id):
            keys = await PostgresDirectory(pool).add(details, by)
        shown = await PostgresListing(pool).agency(details.id) or no_agency(details.id)
    to.answer(
        {"agency": agency_json(shown), "keys": {"theirs": keys.theirs, "ours": keys.ours}}, *added_lines(shown, keys)
    )


def edit(
    context: typer.Context,
    id: Id,
    kind: Annotated[Text, typer.Option("--kind", help=KIND)] = None,
    name: Annotated[Text, typer.Option("--name", help="Its name, as staff read it.")] = None,
    area: Annotated[Text, typer.Option("--area", help=AREA)] = None,
    channel: Annotated[Text, typer.Option("--channel", help=CHANNEL)] = None,
    address: Annotated[Text, typer.Option("--address", help=ADDRESS)] = None,
    questions: Annotated[Text, typer.Option("--questions", help=QUESTIONS)] = None,
    contact: Annotated[Text, typer.Option("--contact", help=CONTACT)] = None,
    works: Annotated[Text, typer.Option("--works", metavar="DAYS", help=WORKS)] = None,
    active: Annotated[bool, typer.Option("--active", help="Put it back, after it was removed.")] = False,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Change what is named, and nothing else.

    Another channel needs its address with it. Asks under way go to the new address from the next try on.
    """
    from ports.directory import AgencyEdit

    changes = AgencyEdit(
        kind=None if kind is None else _code(kind),
        name=name,
        area=area,
        channel=None if channel is None else _code(channel),
        address=address,
        questions=None if questions is None else _listed(questions),
        contact=contact,
        works_on=works,
        active=True if active else None,
    )
    if not changes.named():
        fail("nothing to change: name at least one option, such as --address")
    run(_edit(id, changes, account(actor(context, by)), output(context, as_json)))


def remove(context: typer.Context, id: Id, by: As = "", as_json: Json = False) -> None:
    """Take an agency out of the directory.

    It is asked no more, and its webhooks are refused. What was sent stays readable; edit --active puts it back.
    """
    from ports.directory import AgencyEdit

    run(_edit(id, AgencyEdit(active=False), account(actor(context, by)), output(context, as_json)))


async def _edit(id: str, changes: "AgencyEdit", by: str, to: Output) -> None:
    from adapters.postgres.directory import PostgresDirectory
    from adapters.postgres.listing import PostgresListing
    from cli.agency_lines import agency_json, agency_lines

    async with database(settings()) as pool:
        with as_told(id):
            await PostgresDirectory(pool).edit(id, changes, by)
        shown = await PostgresListing(pool).agency(id) or no_agency(id)
    to.answer(agency_json(shown), *agency_lines(shown))


def show(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Show an agency.

    How it is asked, when it works, whom to ring, how many keys count, and whether its asks rest. No key is shown.
    """
    run(_show(id, output(context, as_json)))


async def _show(id: str, to: Output) -> None:
    from adapters.postgres.listing import PostgresListing
    from cli.agency_lines import agency_json, agency_lines

    async with database(settings()) as pool:
        shown = await PostgresListing(pool).agency(id) or no_agency(id)
    to.answer(agency_json(shown), *agency_lines(shown))


def list_them(
    context: typer.Context,
    kind: Annotated[Text, typer.Option("--kind", help="Only agencies of this kind.")] = None,
    area: Annotated[Text, typer.Option("--area", help="Only agencies of this area; empty: the national ones.")] = None,
    channel: Annotated[Text, typer.Option("--channel", help="Only agencies asked in this way.")] = None,
    paused: Annotated[bool | None, typer.Option("--paused/--not-paused", help="Whether their asks rest.")] = None,
    inactive: Annotated[bool, typer.Option("--inactive", help="Those that were taken out, instead.")] = False,
    as_json: Json = False,
) -> None:
    """List agencies.

    Those of one area together, the national ones first.
    """
    from domain.vocabulary import AgencyKind
    from ports.agencies import ChannelName
    from ports.agency_views import AgencyFilters

    wanted = AgencyFilters(kind and _code(kind), area, channel and _code(channel), paused, active=not inactive)
    require_one_of("--kind", wanted.kind, AgencyKind)
    require_one_of("--channel", wanted.channel, ChannelName)
    run(_list(wanted, output(context, as_json)))


async def _list(filters: "AgencyFilters", to: Output) -> None:
    from adapters.postgres.agency_pauses import PostgresAgencyPauses
    from adapters.postgres.listing import PostgresListing
    from cli.agency_lines import COLUMNS, agency_cells, agency_json
    from ports.agency_views import EVERY_AGENCY

    async with database(settings()) as pool:
        agencies = await PostgresListing(pool).agencies(filters)
        resting = await PostgresAgencyPauses(pool).list_pauses(EVERY_AGENCY)
    to.echo(*(pause.why for pause in resting))
    to.rows(COLUMNS, [(agency_json(each), agency_cells(each)) for each in agencies], "No agency is like that.")


def pause(context: typer.Context, id: Id, by: As = "", as_json: Json = False) -> None:
    """Let the asks to an agency rest.

    They wait and are sent when it is resumed. What it answers is taken all the same.
    """
    run(pause_asks(id, account(actor(context, by)), output(context, as_json)))


def resume(context: typer.Context, id: Id, by: As = "", as_json: Json = False) -> None:
    """Send asks to an agency again."""
    run(resume_asks(id, account(actor(context, by)), output(context, as_json)))


def rotate_key(
    context: typer.Context,
    id: Id,
    theirs: Annotated[bool, typer.Option("--theirs", help="The key that the agency signs its webhooks with.")] = False,
    ours: Annotated[bool, typer.Option("--ours", help="The key that what it is sent is signed with.")] = False,
    overlap: Annotated[
        float, typer.Option("--overlap", metavar="DAYS", help="How long the older keys count beside it.")
    ] = 7,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Make a new key for one side.

    It is printed once. The older ones count until the overlap is over; with 0 they end at once.
    """
    if theirs == ours:
        fail("say whose key: --theirs, which the agency signs with, or --ours, which it is sent things with")
    if not 0 <= overlap <= MOST_DAYS:
        fail(f"--overlap: from 0 to {MOST_DAYS} days")
    side: KeySide = "theirs" if theirs else "ours"
    run(_rotate(id, side, overlap, account(actor(context, by)), output(context, as_json)))


async def _rotate(id: str, side: "KeySide", overlap: float, by: str, to: Output) -> None:
    from adapters.postgres.keys import PostgresKeys
    from cli.agency_lines import rotated_lines

    async with database(settings()) as pool:
        with as_told(id):
            rotated = await PostgresKeys(pool).rotate(id, side, timedelta(days=overlap), by)
    to.answer(to_json_object(rotated), *rotated_lines(rotated))


def try_it(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Try whether an agency can be reached.

    By its own channel: a signed ping, a mail, a harmless request. Nothing is asked. Exit code 1 where nothing came.
    """
    tried = run(_try(id))
    from cli.agency_lines import tried_json, tried_lines

    output(context, as_json).answer(tried_json(tried), *tried_lines(tried))
    if not tried.reached:
        raise typer.Exit(EXIT_FINDINGS)


async def _try(id: str) -> "PingResult":
    from adapters.channels.factories import open_channels
    from adapters.postgres.directory import PostgresDirectory
    from application.ping import ping

    chosen = settings()
    async with database(chosen) as pool:
        agency = await PostgresDirectory(pool).get_by_id(id) or no_agency(id)
        async with open_channels(chosen, pool) as channels:
            return await ping(channels, agency)


def _code(text: str) -> str:
    """A code as it is kept, also where it is typed with dashes."""
    return text.strip().replace("-", "_")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(_code(each) for each in text.split(",") if each.strip())
