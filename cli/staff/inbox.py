"""Messages that were received and not delivered to their cases: have them tried again, or reject them."""

from typing import Annotated

import typer

from cli.london import LABEL, london_time
from cli.output import JsonOption, output, printable
from cli.staff.client import connect
from cli.staff.labels import label
from cli.staff.options import AreaOption, KeyOption, case_ref, choice, require_choice

commands = typer.Typer()
inbox = typer.Typer(invoke_without_command=True)
commands.add_typer(inbox, name="inbox")

REASONS = {
    "not_delivered": "it could not be given to the case: ask the caseworker before you send it again",
    "recorded_otherwise": "staff have recorded it in another way",
    "case_closed": "the case is closed",
    "unknown_case": "there is no such case",
}
COLUMNS = ("id", "state", "case", "event", "from", f"received ({LABEL})", "attempts", "why")
InboxIdArgument = Annotated[int, typer.Argument(metavar="ID", help="The message's number, as rj inbox shows it.")]


@inbox.callback()
def list_messages(
    context: typer.Context,
    area: AreaOption = None,
    agency: Annotated[str | None, typer.Option("--agency", metavar="ID", help="Only from this agency.")] = None,
    ref: Annotated[str | None, typer.Option("--ref", metavar="REF", help="Only for this case.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many to list at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List messages that were not delivered.

    Dead-lettered ones, those that are being retried, those that are not delivered after five minutes, and those whose
    id was used again for something else.
    """
    if context.invoked_subcommand is not None:
        return
    filters = {"area": area, "agency": agency, "ref": case_ref(ref) if ref else None, "limit": limit}
    with connect() as api:
        found = api.get("/inbox", filters)
    to, rows = output(context, as_json), []
    for message in found["messages"]:
        behind = f"behind {message['behind']}" if message["behind"] else ""
        why = message["dead_letter_reason"] or message["error"] or behind
        received, attempts = london_time(message["received_at"]), str(message["attempts"])
        about = (message["ref"], message["event"], message["source"])
        rows.append((message, (str(message["id"]), label(message["state"]), *about, received, attempts, why)))
    to.rows(COLUMNS, rows, "No delivery problems")
    to.limit_note(found["more"], limit)


@inbox.command()
def show(context: typer.Context, id: InboxIdArgument, as_json: JsonOption = False) -> None:
    """Show one message.

    Its state and why, and what was decided about it; not its contents.
    """
    with connect() as api:
        found = api.get(f"/inbox/{id}")
    message = found["message"]
    sender = f"from {message['source']} as {message['message_id']}"
    lines = [
        f"Message {message['id']}: {message['event']} for {message['ref']}, {sender}",
        f"Received on {london_time(message['received_at'])} ({LABEL}); {message['attempts']} delivery attempts",
        f"{label(message['state']).capitalize()}: {message['why']}",
    ]
    for decision in found["decisions"]:
        reason = f" as {decision['reason']}" if decision["reason"] else ""
        was = f"; it was: {decision['previous_error'] or 'not tried'}"
        lines.append(f"{london_time(decision['at'])}  {decision['decision']}{reason} by {decision['by']}{was}")
    output(context, as_json).answer({**message, "decisions": found["decisions"]}, *map(printable, lines))


@inbox.command()
def retry(context: typer.Context, id: InboxIdArgument, key: KeyOption = "", as_json: JsonOption = False) -> None:
    """Try a message again, now.

    One that is dead-lettered, or that waits for its next attempt. Fix first what stopped it.
    """
    with connect() as api:
        found = api.post(f"/inbox/{id}/retry", key=key)
    output(context, as_json).answer(found, f"Message {id} is tried again: rj inbox show {id}")


@inbox.command()
def reject(
    context: typer.Context,
    id: InboxIdArgument,
    reason: Annotated[str, choice("--reason", "What its sender reads", REASONS)],
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Reject a dead-lettered message.

    It is not delivered, and ends as refused with the reason, which its sender can read.
    """
    require_choice("--reason", reason, REASONS)
    with connect() as api:
        found = api.post(f"/inbox/{id}/reject", {"reason": reason}, key=key)
    output(context, as_json).answer(found, f"Message {id} is rejected. Its sender reads: {REASONS[reason]} [{reason}]")
