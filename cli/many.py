"""What supervisors do to many cases at once, with a result for each; cover for who is absent; a wrong entry."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli.actors import As, actor
from cli.errors import EXIT_FINDINGS, fail, warn
from cli.operator.connections import database, run, settings, temporal
from cli.output import Json, Output, output
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from application.bulk import BulkResult, EventsForCase
    from application.cover import Cover
    from application.record_event import CaseworkContext
    from domain.people import Person

# ruff: noqa: PLC0415 - a command loads what it uses

T = TypeVar("T")

Refs = Annotated[list[str], typer.Argument(metavar="REF...", help="The cases.")]
Once = Annotated[
    str, typer.Option("--id", help="Of what is done: again under the same id it counts once.", show_default="new")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(extend)
    app.command()(reassign)
    app.command()(chase)
    app.command()(correct)
    covers = typer.Typer(help="Cover for an absent colleague.", no_args_is_help=True, rich_markup_mode=None)
    covers.command("begin")(begin_cover)
    covers.command("end")(end_cover)
    covers.command("list")(list_covers)
    app.add_typer(covers, name="cover")


_GOES_ON = "cases of it were not given back, or are covered for in turn; when that has ended, end this one again"


def extend(
    context: typer.Context,
    refs: Refs,
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="A day such as 2026-12-31.")],
    reason: Annotated[str, typer.Option("--reason", help="The reason's code.")] = "",
    id: Once = "",
    by: As = "",
    as_json: Json = False,
) -> None:
    """Extend what has run out.

    The waits of each case that have run out; where none has, every wait of it. Supervisors only.
    """
    from cli.fields import ISO_DATE
    from domain.events import WaitExtended

    if not ISO_DATE.fullmatch(until):
        fail(f"--until {until!r}: a day is written as 2026-12-31")
    event = _read(WaitExtended.name, {"until": until, **({"reason": reason} if reason else {})})

    def each(desk: "CaseworkContext") -> "EventsForCase":
        from application.bulk import extend as extended

        return extended(desk, event.until, event.reason)

    run(_for_each(_supervisor(context, by), refs, each, id, output(context, as_json)))


def reassign(
    context: typer.Context,
    refs: Refs,
    to: Annotated[str, typer.Option("--to", help="Whose they are from now on.")],
    id: Once = "",
    by: As = "",
    as_json: Json = False,
) -> None:
    """Give cases to somebody.

    Supervisors only.
    """
    from domain.events import Reassigned

    event = _read(Reassigned.name, {"to": to})

    def each(desk: "CaseworkContext") -> "EventsForCase":
        from application.bulk import reassign as reassigned

        return reassigned(event.to)

    run(_for_each(_supervisor(context, by), refs, each, id, output(context, as_json)))


def chase(context: typer.Context, refs: Refs, id: Once = "", by: As = "", as_json: Json = False) -> None:
    """Remind agencies now.

    The agencies of each case that have run out of time; where none has, all that it waits for.
    """

    def each(desk: "CaseworkContext") -> "EventsForCase":
        from application.bulk import chase as chased

        return chased(desk)

    run(_for_each(_person(context, by), refs, each, id, output(context, as_json)))


def correct(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The case.")],
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken back.")] = False,
    note: Annotated[str, typer.Option("--note", help="Why: kept in the vault.")] = "",
    id: Once = "",
    by: As = "",
    as_json: Json = False,
) -> None:
    """Take back the last step.

    The last entry that changed the step was wrong: the case is as it was before it, what was asked since is called
    back, and both entries stay in the file. Supervisors only.
    """
    from cli.acting import case_ref

    run(_correct(_supervisor(context, by), case_ref(ref), dry, note, id, output(context, as_json)))


async def _correct(person: "Person", ref: Any, dry: bool, note: str, id: str, to: Output) -> None:
    from application.record_event import EventInput, record_event
    from cli.cases import found_case, read_case
    from domain.events import EntryCorrected
    from domain.refusals import SENTENCES, Refusal
    from queries.case_history import CaseHistory

    async with _desk() as desk:
        case = read_case(await found_case(desk.pool, ref))
        if case.undo_point is None:
            fail(f"{SENTENCES[Refusal.NOTHING_TO_CORRECT]} [{Refusal.NOTHING_TO_CORRECT}]")
        wrong = case.undo_point
        entries = await CaseHistory(desk.pool).list_entries(ref)
        entry = next(each for each in entries if each.id == wrong.entry)
        said = f"entry {entry.version}, {entry.event}, which led from {wrong.before.step} to {entry.step}"
        if dry:
            to.answer({"ref": ref, "entry": entry.version, "event": entry.event, "back_to": wrong.before.step}, said)
            return
        entered = EventInput(id or _new_id(), EntryCorrected(wrong.entry), case.version, note)
        answer = await _told(record_event(desk, person, ref, entered))
    value = {"ref": ref, "taken_back": entry.version, "version": answer.version, "step": answer.step}
    to.answer(value, f"{ref}: taken back is {said}; step {answer.step}")


def begin_cover(
    context: typer.Context,
    absent: Annotated[str, typer.Argument(metavar="ABSENT", help="Who is absent.")],
    covering: Annotated[str, typer.Argument(metavar="COVERING", help="Who has their cases meanwhile.")],
    id: Once = "",
    by: As = "",
    as_json: Json = False,
) -> None:
    """Give all of somebody's open cases to another, and remember which."""
    if absent == covering:
        fail("somebody else than who is absent must cover")
    run(_begin(_supervisor(context, by), absent, covering, id, output(context, as_json)))


async def _begin(person: "Person", absent: str, covering: str, id: str, to: Output) -> None:
    from adapters.postgres.covers import PostgresCovers
    from application import cover

    async with _desk() as desk:
        covers, id = PostgresCovers(desk.pool), id or _new_id()
        begun = await _told(cover.start_cover(desk, covers, person, absent, covering, id))
    _covered(*begun, id, to)


def end_cover(
    context: typer.Context,
    cover: Annotated[str, typer.Argument(metavar="COVER", help="Its id, as `rj cover list` has it.")],
    id: Once = "",
    by: As = "",
    as_json: Json = False,
) -> None:
    """Give back the cases that the one who covered still has.

    Where some of them are covered for in turn, the cover goes on: end the later one first, and then this one again.
    """
    run(_end(_supervisor(context, by), cover, id, output(context, as_json)))


async def _end(person: "Person", cover_id: str, id: str, to: Output) -> None:
    from adapters.postgres.covers import PostgresCovers
    from application import cover

    id = id or _new_id()
    async with _desk() as desk:
        try:
            ended = await cover.end_cover(desk, PostgresCovers(desk.pool), person, cover_id, id)
        except cover.UnknownCover:
            fail(f"there is no cover {cover_id!r}: rj cover list shows them")
    known, done = ended
    over = "is over" if not known.goes_on else f"goes on: {_GOES_ON}"
    to.answer({"cover": known.id, "goes_on": known.goes_on}, f"Cover {known.id} {over}.")
    _results(done, id, to)


def list_covers(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help="Those that are over.")] = False,
    as_json: Json = False,
) -> None:
    """List who covers for whom."""
    run(_list_covers(ended, output(context, as_json)))


async def _list_covers(ended: bool, to: Output) -> None:
    from adapters.postgres.covers import PostgresCovers
    from domain.people import Person

    async with database(settings()) as pool:
        # Whoever has a shell here sees every area.
        found = await PostgresCovers(pool).covers(Person("", frozenset()), is_open=not ended)
    rows = [
        (
            to_json_object(each),
            (each.id, each.absent, each.covering, str(each.cases), each.started_at.date().isoformat()),
        )
        for each in found
    ]
    to.rows(("cover", "absent", "covering", "cases", "since"), rows, "Nobody covers for anybody.")


def _covered(cover: "Cover", done: Sequence["BulkResult"], id: str, to: Output) -> None:
    to.echo(f"Cover {cover.id}: {cover.covering} for {cover.absent}.")
    _results(done, id, to)


async def _for_each(
    person: "Person", refs: Sequence[str], each: Callable[["CaseworkContext"], "EventsForCase"], id: str, to: Output
) -> None:
    from application.bulk import MAX_CASES, apply_to_cases

    if len(refs) > MAX_CASES:
        fail(f"at most {MAX_CASES} cases at once")
    id = id or _new_id()
    async with _desk() as desk:
        done = await apply_to_cases(desk, person, [ref.upper() for ref in refs], each(desk), id)
    _results(done, id, to)


def _results(done: Sequence["BulkResult"], id: str, to: Output) -> None:
    """A line for each case; the exit code is 1 where one of them was not done, and how to go on is said beside them."""
    from ports.cases import Retryable

    for each in done:
        why = _why(each)
        value = {"ref": each.ref, "done": each.failed is None, "version": each.version, "why": why}
        to.answer(value, f"{each.ref}: {why or f'done, version {each.version}'}")
    if any(isinstance(each.failed, Retryable) for each in done):
        warn(f"with --id {id} the same again does what was left, and nothing twice")
    if any(each.failed is not None for each in done):
        raise typer.Exit(EXIT_FINDINGS)


def _why(done: "BulkResult") -> str:
    from domain.refusals import RecordRefused

    if done.failed is None:
        return ""
    if isinstance(done.failed, RecordRefused):
        return f"{done.failed} [{done.failed.code}]"
    return " ".join((type(done.failed).__doc__ or "").split("\n")[0].split())


async def _told(answer: Awaitable[T]) -> T:
    """What is answered. Raises UsageError where it was not done."""
    from domain.refusals import CaseworkError, RecordRefused

    try:
        return await answer
    except RecordRefused as refused:
        fail(f"refused: {refused} [{refused.code}]")
    except CaseworkError as failed:
        fail(" ".join((type(failed).__doc__ or "").split("\n")[0].split()))


@asynccontextmanager
async def _desk() -> AsyncIterator["CaseworkContext"]:
    """What staff work with."""
    from adapters.postgres.vault import PostgresVault
    from adapters.temporal.cases import TemporalCases
    from application.record_event import CaseworkContext

    chosen = settings()
    async with database(chosen) as pool, temporal(chosen) as client:
        yield CaseworkContext(pool, TemporalCases(client), PostgresVault(pool))


def _person(context: typer.Context, by: str) -> "Person":
    """Who acts: an operator, who sees all areas. Raises UsageError."""
    from domain.people import Person, StaffRole

    who = actor(context, by)
    if who.role.value not in (StaffRole.CASEWORKER, StaffRole.SUPERVISOR):
        fail("--as: a caseworker or a supervisor does this")
    return Person(who.id, frozenset({StaffRole(who.role.value)}))


def _supervisor(context: typer.Context, by: str) -> "Person":
    from domain.people import StaffRole

    person = _person(context, by)
    if StaffRole.SUPERVISOR not in person.roles:
        fail("a supervisor does this: --as supervisor:ID")
    return person


def _read(event: str, fields: dict[str, Any]) -> Any:
    """The event of these fields. Raises UsageError."""
    from workflows.record_codec import InvalidRecord, read_event

    try:
        return read_event(event, fields)
    except InvalidRecord as unreadable:
        fail(f"{str(unreadable).removeprefix('data.')} [{unreadable.code}]")


def _new_id() -> str:
    from uuid import uuid4

    return f"rj:{uuid4()}"
