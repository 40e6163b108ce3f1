"""Recording what happened in a case: `record` for every event, and short forms of three of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from cli.errors import fail
from cli.output import JsonOption, Output, output
from cli.staff.client import ApiClient, ApiError, connect
from cli.staff.labels import label
from cli.staff.options import (
    DryRunOption,
    KeyOption,
    NoteFromOption,
    NoteOption,
    RefArgument,
    YesOption,
    case_ref,
    did_you_mean,
    read_day,
)
from cli.staff.texts import confirm, read_note

commands = typer.Typer()

LIST_FIELDS = frozenset({"conditions", "flags", "forms", "harms", "joint_with", "measures", "reasons", "specialist_in"})
HOLD = "put_on_hold"
NUMBER_FIELDS = frozenset({"version"})
UNKNOWN_NAMES = frozenset({"unknown_event", "unknown_field", "unreadable", "missing_field"})
"""The problems that a misspelt name can lead to."""

ReasonOption = Annotated[
    str, typer.Option("--reason", help="The code of the reason: rj allowed-events lists those that fit.")
]
ExpectOption = Annotated[
    int | None, typer.Option("--expect", metavar="VERSION", min=1, help="Only if the case is still at this version.")
]


@commands.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def record(
    context: typer.Context,
    ref: RefArgument,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="What happened, such as request_screened.")],
    data: Annotated[str, typer.Option("--data", metavar="JSON", help="The event's fields as one JSON object.")] = "",
    on_behalf_of: Annotated[
        str | None, typer.Option("--on-behalf-of", metavar="AGENCY", help="The agency whose answer this is.")
    ] = None,
    occurred_on: Annotated[
        str, typer.Option("--occurred-on", metavar="DAY", help="When it happened, if that was before today.")
    ] = "",
    expect: ExpectOption = None,
    note: NoteOption = False,
    note_from: NoteFromOption = "",
    key: KeyOption = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Record an event in a case.

    The event's fields follow as --FIELD VALUE or FIELD=VALUE; rj allowed-events lists them. Lists have commas between
    their values, dates are written as 2026-12-31. The command ends when the event is in the case file.
    """
    fields = {**(_read_data(data) if data else {}), **dict(_read_fields(context.args))}
    body = {"event": event.replace("-", "_"), "data": fields, "on_behalf_of": on_behalf_of}
    if day := read_day("--occurred-on", occurred_on):
        body["occurred_on"] = day
    text, to = read_note(note, note_from), output(context, as_json)
    _record(case_ref(ref), body, text, expect, key, dry_run, to, may_cancel_day=yes)


@commands.command()
def hold(
    context: typer.Context,
    ref: RefArgument,
    reason: ReasonOption,
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="Until when; else for four weeks.")] = "",
    note: NoteOption = False,
    note_from: NoteFromOption = "",
    key: KeyOption = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put a case on hold.

    Requests to agencies and due dates stop. The case stays on hold until somebody takes it off. A hold cancels a
    meeting day that is set, for good: you are asked first whether you want that.
    """
    day = read_day("--until", until)
    body = {"event": HOLD, "data": {"reason": reason, **({"until": day} if day else {})}}
    text, to = read_note(note, note_from), output(context, as_json)
    _record(case_ref(ref), body, text, None, key, dry_run, to, may_cancel_day=yes)


@commands.command()
def resume(
    context: typer.Context,
    ref: RefArgument,
    note: NoteOption = False,
    note_from: NoteFromOption = "",
    key: KeyOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take a case off hold.

    Every due date is moved by the length of the hold.
    """
    body = {"event": "resumed", "data": {}}
    _record(case_ref(ref), body, read_note(note, note_from), None, key, dry_run, output(context, as_json))


@commands.command()
def withdraw(
    context: typer.Context,
    ref: RefArgument,
    whose: Annotated[str, typer.Option("--whose", help="Who withdraws: victim or offender.")],
    reason: ReasonOption = "",
    note: NoteOption = False,
    note_from: NoteFromOption = "",
    key: KeyOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Record that somebody withdraws.

    Nobody has to give a reason.
    """
    body = {"event": "withdrawn", "data": {"whose": whose, **({"reason": reason} if reason else {})}}
    _record(case_ref(ref), body, read_note(note, note_from), None, key, dry_run, output(context, as_json))


def _record(
    ref: str,
    body: Mapping[str, Any],
    note: str,
    expect: int | None,
    key: str,
    dry_run: bool,
    to: Output,
    *,
    may_cancel_day: bool = True,
) -> None:
    headers = {"if-match": f'"{expect}"' if expect else "*"}
    path = f"/cases/{ref}/events"
    with connect() as api:
        try:
            if body["event"] == HOLD and not dry_run and not may_cancel_day:
                _confirm_hold(api, ref, body, headers)
            recorded = api.post(path, {**body, "note": note}, key=key, headers=headers, dry_run=dry_run)
        except ApiError as error:
            fail(f"{error.sentence}{_hint(api, ref, body, error.code)} [{error.code}]")
    event, after = label(recorded["event"]), f"step {label(recorded['step'])}, version {recorded['version']}"
    said = f"can be recorded; then {after}. Nothing was changed." if dry_run else f"recorded; now {after}"
    preview = preview_lines(recorded["preview"] or {"changes": [], "notifies": []})
    to.answer({"ref": ref, **recorded}, f"{ref}: {event} {said}", *preview)


def _confirm_hold(api: ApiClient, ref: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Show what a hold cancels where a meeting day is set. Raises UsageError unless the user goes on."""
    if api.get(f"/cases/{ref}")["step"] != "scheduled":
        return
    preview = api.post(f"/cases/{ref}/events", body, headers=headers, dry_run=True)["preview"]
    typer.echo(f"{ref}: a hold cancels the meeting day that is set, for good.", err=True)
    for line in preview_lines(preview):
        typer.echo(line, err=True)
    if not confirm("Put it on hold?"):
        fail("Nothing done: the meeting day is kept (--yes puts a case on hold without asking)")


def preview_lines(preview: Mapping[str, Any]) -> Iterable[str]:
    """What changes, and who is told."""
    yield from (f"  {change}" for change in preview["changes"])
    yield from (f"  Sends: {notified}" for notified in preview["notifies"])


def _hint(api: ApiClient, ref: str, body: Mapping[str, Any], code: str) -> str:
    """The names that may have been meant by an event or a field that is not known."""
    if code not in UNKNOWN_NAMES:
        return ""
    allowed = {event["event"]: event for event in api.get(f"/cases/{ref}/allowed-events")["allowed_events"]}
    event = allowed.get(body["event"])
    if event is None:
        return did_you_mean(body["event"], allowed) if code == "unknown_event" else ""
    known = {event["lead"], *(field["name"] for variant in event["variants"] for field in variant["fields"])} - {""}
    near = "".join(f"; {name!r}{did_you_mean(name, known)}" for name in body["data"] if name not in known)
    fields = f"its fields are {', '.join(sorted(known))}" if known else "it has no fields"
    return f"{near}; {fields}" if near else ""


def _read_data(data: str) -> dict[str, Any]:
    try:
        fields = json.loads(data)
    except ValueError as error:
        fail(f"--data is not JSON: {error}")
    if not isinstance(fields, dict):
        fail('--data must be a JSON object, such as {"answer": "found"}')
    return fields


def _read_fields(words: Sequence[str]) -> Iterable[tuple[str, Any]]:
    """`--name value`, `--name=value` and `name=value`; `--name` alone is true."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if not equals:
            if not word.startswith("--"):
                fail(f"{word!r}: a field is given as --field value or field=value")
            value = rest.pop(0) if rest and not rest[0].startswith("--") else "true"
        name = name.replace("-", "_")
        yield name, _to_json(name, value)


def _to_json(name: str, value: str) -> Any:
    """The value as JSON has it: events have numbers, lists and yes or no as well as texts."""
    if name in LIST_FIELDS:
        return [part.strip() for part in value.split(",") if part.strip()]
    if name in NUMBER_FIELDS and value.isdecimal():
        return int(value)
    return value == "true" if value in ("true", "false") else value
