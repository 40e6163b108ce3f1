"""What staff look at: one case, what its victim may be told, and what stands still."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.acting import Ref, case_ref
from cli.choices import require_one_of
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from application.agency_contacts import AgencyContact
    from domain.vocabulary import CaseRef
    from queries.stuck import StuckCase
    from queries.stuck_ranking import StuckFilter
    from queries.stuck_reasons import StuckReason
    from settings import Settings

# ruff: noqa: PLC0415 - a command loads what it uses

Area = Annotated[str | None, typer.Option("--area", help="Only cases of this police-force area.")]
AssignedTo = Annotated[str | None, typer.Option("--assigned-to", help="Only this caseworker's cases.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(show)
    app.command()(explain)
    app.command()(stuck)


def show(context: typer.Context, ref: Ref, as_json: Json = False) -> None:
    """Show a case and its timeline.

    Where it stands, what it waits for, on whom and until when, and what agencies were sent.
    """
    run(_show(case_ref(ref), output(context, as_json)))


async def _show(ref: "CaseRef", to: Output) -> None:
    from adapters.postgres.directory import PostgresDirectory
    from application.agency_contacts import find_contacts
    from cli.cases import found_case, read_case
    from cli.showing import case_json, case_lines
    from domain.vocabulary import Step
    from queries.case_history import CaseHistory
    from queries.duplicates import DuplicateQueries

    chosen = settings()
    async with database(chosen) as pool:
        found = await found_case(pool, ref)
        entries = await CaseHistory(pool).list_entries(ref, newest_first=True)
        refused, sent = await CaseHistory(pool).list_refused(ref), await CaseHistory(pool).list_asks(ref)
        whom = await find_contacts(
            PostgresDirectory(pool), found.area, ((wait.key, wait.waiting_on) for wait in found.waits)
        )
        alike = await DuplicateQueries(pool).find_duplicates(ref) if found.step == Step.SCREENING else None
    if to.as_json:
        to.answer(case_json(found, entries, refused, sent, whom, alike))
    else:
        to.echo(*case_lines(found, read_case(found), case_time(chosen), whom, entries, refused, sent, alike))


def explain(context: typer.Context, ref: Ref, as_json: Json = False) -> None:
    """Say what the victim may be told.

    In the words that they would be sent now, and in no others.
    """
    run(_explain(case_ref(ref), output(context, as_json)))


async def _explain(ref: "CaseRef", to: Output) -> None:
    from cli.cases import found_case, read_case
    from domain.victim_explanation import explain, victim_view

    async with database(settings()) as pool:
        words = explain(victim_view(read_case(await found_case(pool, ref))))
    lines = (words.heading, words.happened, words.next, words.could_change, words.next_update)
    to.answer({"ref": ref, **to_json_object(words)}, *"\n\n".join(line for line in lines if line).splitlines())


def stuck(
    context: typer.Context,
    area: Area = None,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only for this reason, such as overdue; may be repeated.")
    ] = None,
    assigned_to: AssignedTo = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List what stands still, and why.

    Asks that rest; then each stuck case by harm, the longest first, with every reason, who can act and what they can
    do; then messages and findings that belong to no case, unless an area or somebody is named.
    """
    from queries.stuck_kinds import KINDS, StuckKind
    from queries.stuck_ranking import StuckFilter

    for each in kind or ():
        require_one_of("--kind", each, KINDS)
    kinds = [StuckKind(each) for each in kind or KINDS]
    wanted = StuckFilter(None if area is None else [area], kinds, assigned_to)
    run(_stuck(wanted, limit, output(context, as_json)))


async def _stuck(wanted: "StuckFilter", limit: int, to: Output) -> None:
    from adapters.postgres.directory import PostgresDirectory
    from application.stuck import list_stuck
    from queries.stuck import StuckQueries

    chosen = settings()
    async with database(chosen) as pool:
        today = case_time(chosen).date()
        found = await list_stuck(StuckQueries(pool), PostgresDirectory(pool), today, wanted, limit)
    if not (found.pauses or found.part.cases or found.unmatched.items):
        to.echo("Nothing is stuck.")
    for pause in found.pauses:
        to.answer({"kind": "agency_pause", **to_json_object(pause), "why": pause.why}, pause.why)
    for case, agencies in zip(found.part.cases, found.contacts, strict=True):
        _stuck_case(case, agencies, to)
    for each in found.unmatched.items:
        to.answer({"ref": each.ref, **to_json_object(each.reason)}, f"{each.ref}  {each.reason.why}", _act(each.reason))
    if found.part.next_cursor or found.unmatched.has_more:
        to.echo(f"Only the first {limit} are listed: --limit shows more.")


def _stuck_case(case: "StuckCase", agencies: Sequence["AgencyContact"], to: Output) -> None:
    """A stuck case, with whom staff can ring about it."""
    from application.agency_contacts import contact_line

    first, *others = case.reasons
    lines = [f"{case.ref}  {first.why}", _act(first)]
    lines += [line for reason in others for line in (f"  {reason.why}", _act(reason))]
    value = {
        "kind": case.kind,
        "since": case.since,
        **{name: each for name, each in to_json_object(case).items() if name != "place"},
        "why": case.why,
        "agencies": [to_json_object(each) for each in agencies],
    }
    to.answer(value, *lines, f"  {case.contact}", *(f"  {contact_line(each)}" for each in agencies))


def _act(reason: "StuckReason") -> str:
    """Who can do what; of a wait, and of what a supervisor does, the sentence says itself who."""
    from queries.stuck_kinds import StuckKind

    if reason.kind in (StuckKind.OVERDUE, StuckKind.UNASSIGNED):
        return f"    {reason.can_do}"
    return f"    {reason.who[:1].upper()}{reason.who[1:]} can act. {reason.can_do}"


def case_time(chosen: "Settings") -> datetime:
    """What the clock of the cases shows now."""
    from workflows.clock import clock_of

    return clock_of(chosen.day_seconds, chosen.clock_origin).case_time(datetime.now(UTC))
