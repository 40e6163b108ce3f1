"""A caseworker's day: what is due, what to do in person, and news that did not reach a victim."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from cli.output import JsonOption, output, printable
from cli.staff.client import connect
from cli.staff.labels import label
from cli.staff.options import AreaOption, AssignedToOption, KeyOption, LimitOption, path_part, read_day

commands = typer.Typer()
notifications = typer.Typer(no_args_is_help=True)
commands.add_typer(notifications, name="notifications", help="Deal with messages that did not reach a victim.")

NotificationArgument = Annotated[
    str, typer.Argument(metavar="NOTIFICATION", help="As rj tasks shows it: RJ-7Q2K-9F3M.4.victim.")
]


@commands.command()
def due(
    context: typer.Context,
    this_week: Annotated[bool, typer.Option("--week", help="Within the next seven days; else today.")] = False,
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="Up to a day such as 2026-12-31.")] = "",
    area: AreaOption = None,
    assigned_to: AssignedToOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List what is due.

    Cases in which something is due by today, overdue ones included; the earliest first. An ended case is listed while
    its victim has yet to be told, or a decision is reviewed.
    """
    last = read_day("--until", until)
    within = None if last else "6" if this_week else "0"
    filters = {"area": area, "assigned_to": assigned_to, "due_to": last, "due_within": within}
    with connect() as api:
        cases, is_more = api.list_all("/cases", "cases", {**filters, "sort": "due"}, limit)
    to = output(context, as_json)
    columns = ("case", "due", "status", "step", "waiting on", "assigned to")
    cells = [
        (
            *(case["ref"], case["due_on"], "overdue" if case["overdue_since"] else "due", label(case["step"])),
            *(", ".join(dict.fromkeys(case["waiting_on"])), case["assigned_to"] or "unassigned"),
        )
        for case in cases
    ]
    when = f"by {last}" if last else "within the next seven days" if this_week else "today"
    to.rows(columns, zip(cases, cells, strict=True), f"Nothing is due {when}.")
    to.limit_note(is_more, limit)


@commands.command()
def tasks(
    context: typer.Context,
    area: AreaOption = None,
    assigned_to: AssignedToOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many of each kind at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what to do in person.

    Bad news to give a victim before anything is sent; agencies that only a person can ask, with the commands that show
    who it is about and record their answer; other news to tell an agency or a victim; messages of agencies that could
    not be recorded; and joint meetings to which not everybody can come. What is to be said comes with the words. A task
    leaves the list when its command is run.
    """
    with connect() as api:
        found = api.get("/tasks", {"area": area, "assigned_to": assigned_to, "limit": limit})
    to = output(context, as_json)
    kinds = ("news", "asks", "updates", "notifications", "refused_messages", "joint_meetings")
    if not any(found[kind] for kind in kinds):
        to.echo("There is nothing to do in person.")
    for task in found["news"]:
        words = (f"    | {printable(line)}" for line in task["wording"])
        told = "    Once they are told, or cannot be reached (--how not_reached):"
        command = f"    rj record {task['ref']} victim_told --how telephone"
        to.answer({"kind": "news", **task}, printable(f"{task['ref']}  {task['what']}"), *words, told, command)
    for task in found["asks"]:
        answer = f"rj record {task['ref']} {task['event']} --answer … --on-behalf-of {task['agency']}"
        what = printable(f"{task['ref']}  {task['what']}")
        person = f"    Who it is about: rj offender-details {task['ref']}"
        to.answer({"kind": "ask", **task}, what, person, "    To record the answer:", f"    {answer}")
    for task in found["updates"]:
        command = f"    rj notifications mark-told {task['key']}"
        to.answer(
            {"kind": "update", **task}, printable(f"{task['ref']}  {task['what']}"), "    Once they are told:", command
        )
    for task in found["notifications"]:
        to.answer({"kind": "notification", **task}, *_notification_lines(task))
    for message in found["refused_messages"]:
        what = printable(f"{message['ref']}  {message['what']}")
        who = "    A supervisor reads and resolves it:" if message["waiting_on"] == "supervisor" else "    To read it:"
        to.answer({"kind": "refused_message", **message}, what, who, f"    rj refused show {message['id']}")
    for task in found["joint_meetings"]:
        to.answer({"kind": "joint_meeting", **task}, printable(f"{task['ref']}  {task['what']}"))
    if found["more"]:
        to.echo(f"Showing {limit} of each kind; use --limit for more.")


def _notification_lines(task: Mapping[str, Any]) -> Iterator[str]:
    yield printable(f"{task['ref']}  {task['what']}")
    yield from (f"    | {printable(line)}" for line in task["wording"] if line)
    yield "    Once they are told:"
    yield f"    rj notifications mark-told {task['key']}"
    if task["state"] != "waiting":
        yield "    Once they can be reached, where their details were wrong:"
        yield f"    rj victim-details {task['ref']} --edit"
        yield f"    rj notifications resend {task['key']}"


@notifications.command("mark-told")
def mark_told(
    context: typer.Context, notification: NotificationArgument, key: KeyOption = "", as_json: JsonOption = False
) -> None:
    """Mark as told.

    The victim, or the agency, has been told in person, in whatever way.
    """
    _act(context, notification, "mark-told", "marked as told.", key, as_json)


@notifications.command()
def resend(
    context: typer.Context, notification: NotificationArgument, key: KeyOption = "", as_json: JsonOption = False
) -> None:
    """Send once more.

    To the address that the vault has by then, as the victim prefers by then, and not at night.
    """
    _act(context, notification, "resend", "is sent again by day.", key, as_json)


@notifications.command("mark-returned")
def mark_returned(
    context: typer.Context, notification: NotificationArgument, key: KeyOption = "", as_json: JsonOption = False
) -> None:
    """Mark as returned.

    As an email or a letter to an old address comes back. Telling the victim is then a task: see rj tasks.
    """
    _act(context, notification, "mark-returned", "marked as returned: telling the victim is now a task.", key, as_json)


def _act(context: typer.Context, notification: str, action: str, said: str, key: str, as_json: bool) -> None:
    with connect() as api:
        state = api.post(f"/notifications/{path_part(notification)}/{action}", key=key)
    output(context, as_json).answer(state, f"{notification}: {said}")
