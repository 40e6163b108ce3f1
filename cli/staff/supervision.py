"""What supervisors look at first: what is stuck and why, and their morning digest."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.output import JsonOption, output, printable
from cli.staff.client import connect
from cli.staff.labels import contact_line, label
from cli.staff.options import AreaOption, AssignedToOption, LimitOption, choice, require_choice

commands = typer.Typer()

KINDS = {
    "concern": "a concern waits for a supervisor",
    "untold_cancellation": "the victim has not been told that a meeting day is cancelled",
    "refused_objection": "an objection, withdrawal or consent was refused",
    "untold_news": "the victim has not been told other bad news",
    "overdue": "a reply or decision is late",
    "agency_unreachable": "an agency cannot be reached",
    "undelivered": "a message for it was not delivered",
    "refused_message": "another message of an agency was refused",
    "workflow_failing": "its workflow fails",
    "state_mismatch": "the case file and Temporal differ",
    "unassigned": "nobody is assigned to it",
    "transfer": "another area has not said whether it takes the case",
    "risk_expiring": "its risk assessment is about to expire",
    "long_standing": "it has waited for the same thing for months",
}
SAYS_WHO = frozenset(
    {
        *("concern", "untold_cancellation", "untold_news", "overdue", "transfer", "risk_expiring", "long_standing"),
        "unassigned",
    }
)
"""Kinds of which the sentence about what can be done says who can do it."""


@commands.command()
def stuck(
    context: typer.Context,
    area: AreaOption = None,
    kind: Annotated[list[str] | None, choice("--kind", "Only for this reason; may be repeated", KINDS)] = None,
    assigned_to: AssignedToOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List stuck cases, and why.

    First requests that are paused, and cases that other areas propose to yours; then each stuck case, the most harmful
    and the longest first, with every reason and who can do what about it; then messages and findings that belong to no
    case.
    """
    for name in kind or ():
        require_choice("--kind", name, KINDS)
    filters = {"area": area, "kind": kind, "assigned_to": assigned_to}
    with connect() as api:
        first = api.get("/stuck", {**filters, "limit": min(limit, 200)})
        cases, cursor = first["cases"], first["next"]
        if cursor and len(cases) < limit:
            more, is_more = api.list_all("/stuck", "cases", {**filters, "cursor": cursor}, limit - len(cases))
            cases, cursor = cases + more, is_more
    to = output(context, as_json)
    if not (first["pauses"] or first["transfers"] or cases or first["unmatched"]):
        to.echo("Nothing is stuck.")
    for pause in first["pauses"]:
        to.answer({"kind": "paused", **pause}, printable(pause["why"]))
    for transfer in first["transfers"]:
        to.answer({"kind": "proposed_transfer", **transfer}, *_transfer_lines(transfer))
    for case in cases:
        reason, *others = case["reasons"]
        lines = [printable(f"{case['ref']}  {reason['why']}"), _action(reason)]
        for other in others:
            lines += [printable(f"  {other['why']}"), _action(other)]
        lines += [f"  {case['contact']}", *(f"  {contact_line(agency)}" for agency in case["agencies"])]
        to.answer(case, *lines)
    for item in first["unmatched"]:
        reason = item["reason"]
        to.answer({"ref": item["ref"], **reason}, printable(f"{item['ref']}  {reason['why']}"), _action(reason))
    to.limit_note(bool(cursor) or first["more_unmatched"], limit)


def _action(reason: Mapping[str, Any]) -> str:
    """Who can do what about it."""
    who = "" if reason["kind"] in SAYS_WHO else f"{reason['who'][:1].upper()}{reason['who'][1:]} can act. "
    return printable(f"    {who}{reason['can_do']}")


def _transfer_lines(transfer: Mapping[str, Any]) -> tuple[str, str]:
    flags = ", ".join(flag.replace("_", " ") for flag in transfer["flags"]) or "no flags"
    days = f"proposed on {transfer['proposed_on']}, answer due on {transfer['due_on']}"
    what = f"{transfer['ref']}  Proposed to {transfer['to_area']}: {label(transfer['step'])}, {flags}; {days}."
    return printable(what), f"    rj record {transfer['ref']} transfer_accepted, or transfer_declined"


@commands.command()
def transfers(
    context: typer.Context, area: AreaOption = None, limit: LimitOption = 50, as_json: JsonOption = False
) -> None:
    """List cases that other areas propose to hand over to yours.

    Record transfer_accepted or transfer_declined. Until then nothing else of a case is shown.
    """
    with connect() as api:
        found = api.get("/transfers", {"area": area, "limit": limit})
    to = output(context, as_json)
    if not found["transfers"]:
        to.echo("No transfers are proposed.")
    for transfer in found["transfers"]:
        to.answer(transfer, *_transfer_lines(transfer))
    to.limit_note(found["more"], limit)


@commands.command()
def digest(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show your next morning digest.

    As it would be now: what is new since your last one, what is stuck, and how much there is. Nothing is sent.
    """
    with connect() as api:
        found = api.get("/digest")
    output(context, as_json).answer(found, printable(found["subject"]), "", *map(printable, found["lines"]))
