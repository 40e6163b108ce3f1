"""Messages of agencies that the process refused: read them, and say what was done about each."""

from typing import Annotated

import typer

from cli.output import JsonOption, output, printable
from cli.staff.client import connect
from cli.staff.options import KeyOption, choice, require_choice

commands = typer.Typer()
refused = typer.Typer(no_args_is_help=True)
commands.add_typer(refused, name="refused", help="Deal with messages of agencies that were not recorded.")

RESOLUTIONS = {
    "recorded": "what it says was recorded in another way",
    "no_action": "nothing in it needs to be recorded",
}
RefusedIdArgument = Annotated[int, typer.Argument(metavar="ID", help="The message's number, as rj tasks shows it.")]


@refused.command()
def show(context: typer.Context, id: RefusedIdArgument, as_json: JsonOption = False) -> None:
    """Read a refused message.

    What it says, with its note, and why it was not recorded. That you read the note is logged.
    """
    with connect() as api:
        found = api.get(f"/refused-messages/{id}")
    message, text = found["message"], found["text"] or "It has no note."
    fields = ", ".join(f"{name} {value}" for name, value in message["data"].items()) or "nothing more"
    lines = [
        f"{message['ref']}  {message['what']}",
        f"{message['event']}: {fields}",
        *text.splitlines(),
    ]
    if message["resolved_at"]:
        lines.append(f"Resolved by {message['resolved_by']}: {RESOLUTIONS[message['resolution']]}.")
    else:
        lines.append(f"Once it is done: rj refused resolve {id} --resolution recorded")
    output(context, as_json).answer(found, *map(printable, lines))


@refused.command()
def resolve(
    context: typer.Context,
    id: RefusedIdArgument,
    resolution: Annotated[str, choice("--resolution", "What was done", RESOLUTIONS)],
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Resolve a refused message.

    Record first what it says, if it still matters: rj record. An objection, a withdrawal, a consent, and what carries
    a note, is for a supervisor.
    """
    require_choice("--resolution", resolution, RESOLUTIONS)
    with connect() as api:
        message = api.post(f"/refused-messages/{id}/resolve", {"resolution": resolution}, key=key)
    output(context, as_json).answer(message, f"Message {id} is resolved: {RESOLUTIONS[resolution]}.")
